import { placeholdersIn } from '../../../contract/profile/placeholders.ts';
import type { TargetProfile } from '../../../contract/profile/profile.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { longestGapUs, shortestGapUs, surelyBefore, surelyWithinTtl } from '../ttl.ts';
import { areProcessedOnce, haveFewerEffects, type ProbeInput, tells, unchangedRepeats } from './probe.ts';

/** What explains that repeats within the TTL are taken as new: the time that each request is stamped with, that or a TTL, or neither. */
export type StampedKeys = 'stamp' | 'stamp-or-ttl' | 'no';

/** A request is stamped just before it is sent; on a full machine that may be longer ago. The journal notes its times to a millisecond. */
const stampedBeforeUs = 50_000;
const notedWithinUs = 2_000;

/** Fewer repeats under another stamp prove no rule. */
const minTaken = 3;

/** So many copies at one instant that were known by the same stamp: those of another stamp are taken as new for it, and for no race. */
const minTogether = 20;

interface Seen {
  /** Repeats that were known and may have the stamp of an accepted one, and those taken as new that surely have another. */
  recognized: number;
  taken: number;
  /** The longest that a key surely lived, and the shortest after which one was surely unknown. */
  recognizedUs: number;
  takenUs: number;
  /** The same of copies that were under way together, and how many of the same stamp were known. */
  togetherUs: number;
  together: number;
  /** Repeats that a key with the stamp would have answered in another way. */
  contrary: number;
}

/** How long requests carry the same timestamp; null if they carry none. */
function stampUsOf({ secret }: TargetProfile): number | null {
  if (secret.in !== 'signature' || !placeholdersIn(secret.headers).includes('timestamp')) return null;
  return secret.timestamp === 's' ? 1_000_000 : 1_000;
}

/** What such a key holds, for readers. */
export const stampInWords = ({ secret }: TargetProfile): string =>
  `the key holds what each request has anew (its timestamp in ${secret.in === 'signature' && secret.timestamp === 's' ? 'seconds' : 'milliseconds'}, or the signature over it)`;

/**
 * Whether the key holds the timestamp that each request is signed with, or that signature. Then a repeat is recognized if it
 * has the timestamp of an accepted one, and never otherwise, however soon it comes.
 */
export function stampedKeys(input: ProbeInput): StampedKeys {
  const stampUs = stampUsOf(input.profile);
  // Stamps are of the generator's own clock.
  if (stampUs === null || input.ledger.clockUs > 0) return 'no';
  const seen: Seen = {
    ...{ recognized: 0, taken: 0, contrary: 0 },
    ...{ recognizedUs: Number.NEGATIVE_INFINITY, takenUs: Number.POSITIVE_INFINITY },
    ...{ togetherUs: Number.POSITIVE_INFINITY, together: 0 },
  };
  const stamps = new Stamps(input.ledger, stampUs);
  for (const attempts of unchangedRepeats(input)) look(input, attempts, stamps, seen);
  if (seen.recognized === 0 || seen.taken < minTaken || seen.contrary > 0) return 'no';
  const takenUs = seen.together < minTogether ? seen.takenUs : Math.min(seen.takenUs, seen.togetherUs);
  return takenUs < seen.recognizedUs ? 'stamp' : 'stamp-or-ttl';
}

class Stamps {
  private readonly ledger: Ledger;
  private readonly stampUs: number;

  constructor(ledger: Ledger, stampUs: number) {
    this.ledger = ledger;
    this.stampUs = stampUs;
  }

  areSurelySame(a: number, b: number): boolean {
    const [one, other] = [this.rangeOf(a), this.rangeOf(b)];
    return one.from === one.to && other.from === other.to && one.from === other.from;
  }

  areSurelyOthers(a: number, b: number): boolean {
    const [one, other] = [this.rangeOf(a), this.rangeOf(b)];
    return one.to < other.from || other.to < one.from;
  }

  private rangeOf(at: number) {
    const sendUs = this.ledger.timesAmong([at]).sendUs(at);
    return {
      from: Math.floor((sendUs - stampedBeforeUs) / this.stampUs),
      to: Math.floor((sendUs + notedWithinUs) / this.stampUs),
    };
  }
}

function look({ ledger, life }: ProbeInput, attempts: readonly number[], stamps: Stamps, seen: Seen): void {
  if (attempts.length < 2) return;
  const isOnce = attempts.length === 2 && areProcessedOnce(ledger, attempts);
  // Which of more was processed, fewer effects than acceptances do not tell.
  if (!isOnce && haveFewerEffects(ledger, attempts)) return;
  const isAccepted = (at: number): boolean => ledger.outcomeOf(at) === 'accepted' && !(isOnce && at === attempts[1]);
  const accepted = attempts.filter(isAccepted);
  for (const [n, at] of attempts.entries()) {
    if (!tells(ledger, at)) continue;
    if (!isAccepted(at)) {
      const those = accepted.filter((one) => !stamps.areSurelyOthers(one, at));
      if (those.length === 0) seen.contrary += 1;
      else {
        seen.recognized += 1;
        const lifeUs = those.reduce(
          (us, one) => Math.min(us, shortestGapUs(ledger, one, at)),
          Number.POSITIVE_INFINITY,
        );
        seen.recognizedUs = Math.max(seen.recognizedUs, lifeUs);
        if (lifeUs <= 0 && those.every((one) => stamps.areSurelySame(one, at))) seen.together += 1;
      }
      continue;
    }
    const before = attempts.slice(0, n).filter((one) => isAccepted(one) && surelyWithinTtl(ledger, one, at, life));
    if (before.some((one) => stamps.areSurelySame(one, at))) seen.contrary += 1;
    else if (before.length > 0 && before.every((one) => stamps.areSurelyOthers(one, at))) {
      seen.taken += 1;
      for (const one of before) {
        const is = surelyBefore(ledger, one, at) ? 'takenUs' : 'togetherUs';
        seen[is] = Math.min(seen[is], longestGapUs(ledger, one, at));
      }
    }
  }
}
