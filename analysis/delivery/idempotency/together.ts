import { minShownUs } from '../../interpret/tolerance.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { complaint } from '../complaint.ts';
import { allWithinTtl, longestGapUs, surelyBefore } from '../ttl.ts';
import {
  areProcessedOnce,
  isRefusedRepeat,
  nothing,
  type ProbeInput,
  type ProbeResult,
  shareOf,
  tells,
} from './probe.ts';
import { type TtlRange, ttlRangeOf } from './ttl-range.ts';

/**
 * The same signal at one instant over many connections: exactly one of them is accepted. Only copies that were under way together
 * are at one instant: those that a full machine sends late are repeats, and say something of the TTL.
 */
export function probeTogether(input: ProbeInput): ProbeResult {
  const { ledger } = input;
  const longest = longestOfRace(input, ttlRangeOf(input));
  let n = 0;
  let exactlyOne = 0;
  const several = { n: 0, most: 0 };
  const severalButOnce = { n: 0, most: 0 };
  for (const attempts of answeredTogether(input)) {
    const accepted = attempts.filter((at) => ledger.outcomeOf(at) === 'accepted');
    n += 1;
    if (accepted.length === 1) exactlyOne += 1;
    if (accepted.length < 2) continue;
    const isOnce = areProcessedOnce(ledger, attempts);
    const most = isOnce ? accepted.length : maxRacing(ledger, accepted, longest);
    if (most < 2) continue;
    const those = isOnce ? severalButOnce : several;
    those.n += 1;
    those.most = Math.max(those.most, most);
  }
  if (n === 0) return nothing;
  return {
    complaints: [
      ...(several.n > 0
        ? [
            complaint(
              'copies race',
              `copies sent at one instant accepted more than once (up to ${several.most} times): ${shareOf(several.n, n)} of the signals`,
            ),
          ]
        : []),
    ],
    undecided: [],
    remarks: [
      `copies sent at one instant: exactly one accepted for ${shareOf(exactlyOne, n)} of the signals`,
      ...(severalButOnce.n > 0
        ? [
            `copies sent at one instant answered as accepted more than once (up to ${severalButOnce.most} times), but processed once: ${shareOf(severalButOnce.n, n)} of the signals`,
          ]
        : []),
    ],
  };
}

/** Signals of which every copy fell into one TTL and was answered: only then is it known what became of all. */
function answeredTogether({ ledger, life, signals }: ProbeInput): readonly (readonly number[])[] {
  return signals('idempotency.together').filter(
    (attempts) =>
      allWithinTtl(ledger, attempts, life) && attempts.every((at) => tells(ledger, at) || isRefusedRepeat(ledger, at)),
  );
}

/** Nobody lets keys live for less: copies so close together are a race, however short the TTL is. */
const minTtlUs = 50_000;

interface LongestUs {
  /** Between the decisions on two copies that were under way together. */
  readonly together: number;
  /** Between those on two of which one was answered before the other was sent. */
  readonly apart: number;
}

/** How far apart two acceptances may lie for no TTL that fits the run to explain them. */
function longestOfRace({ life }: ProbeInput, { recognizedUs, freshUs }: TtlRange): LongestUs {
  const isShorter = freshUs < minShownUs(life.minUs) && recognizedUs <= freshUs;
  return { apart: recognizedUs, together: isShorter ? Math.max(recognizedUs, minTtlUs) : Number.POSITIVE_INFINITY };
}

/** The most acceptances of one signal that raced with one another's; 1 if none did. */
function maxRacing(ledger: Ledger, accepted: readonly number[], longest: LongestUs): number {
  const isRace = (one: number, other: number): boolean =>
    longestGapUs(ledger, one, other) <= (surelyBefore(ledger, one, other) ? longest.apart : longest.together);
  return accepted.reduce(
    (most, one, n) => Math.max(most, 1 + accepted.slice(n + 1).filter((other) => isRace(one, other)).length),
    1,
  );
}

/** Late copies surely within a TTL after an acceptance, and those of them that were taken as new, which no race explains. */
export function lateCopiesOf(input: ProbeInput, range: TtlRange): { readonly within: number; readonly taken: number } {
  const { ledger } = input;
  const longest = longestOfRace(input, range);
  let within = 0;
  let taken = 0;
  for (const attempts of answeredTogether(input)) {
    if (areProcessedOnce(ledger, attempts)) continue;
    const accepted = attempts.filter((at) => ledger.outcomeOf(at) === 'accepted');
    for (const at of attempts) {
      const before = accepted.filter((one) => surelyBefore(ledger, one, at));
      if (before.length === 0 || !tells(ledger, at)) continue;
      within += 1;
      if (accepted.includes(at) && before.every((one) => maxRacing(ledger, [one, at], longest) < 2)) taken += 1;
    }
  }
  return { within, taken };
}
