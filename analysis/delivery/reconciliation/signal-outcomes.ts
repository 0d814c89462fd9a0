import type { Ledger } from '../../journal/ledger.ts';
import { type KeyLifeUs, shortestGapUs, surelyPastTtl, surelyWithinTtl } from '../ttl.ts';

/** The requests of one signal by what became of them, each list in order of sending. */
export interface SignalOutcomes {
  readonly accepted: readonly number[];
  readonly duplicates: readonly number[];
  /** Duplicates by their body, where the body does not tell: an acceptance or not. */
  readonly either: readonly number[];
  /** A 5xx may have been answered after the effect, and what got no answer may have had one. */
  readonly maybe: readonly number[];
  /** Some of `maybe` got no answer: it may have had an effect at any later time, or none. */
  readonly hasUnknown: boolean;
}

/** One signal, as it is judged. */
export interface Signal {
  /** Its index in the ledger's `signals`. */
  readonly index: number;
  /** All its requests, in order of sending; some may have no outcome that counts, such as a refusal. */
  readonly attempts: readonly number[];
  readonly first: number;
  readonly outcomes: SignalOutcomes;
  /** How often it was processed, as far as is known. */
  readonly effects: number;
  /** The read-back of its webhook is complete and can name it: what is not there was not processed. */
  readonly isRead: boolean;
  /** Null where no repeat of it must be recognized. */
  readonly life: KeyLifeUs | null;
  /** Repeated with another price under the same key. */
  readonly isChanged: boolean;
}

export function signalOutcomesOf(ledger: Ledger, attempts: readonly number[]): SignalOutcomes {
  const accepted: number[] = [];
  const duplicates: number[] = [];
  const either: number[] = [];
  const maybe: number[] = [];
  for (const at of attempts) {
    const outcome = ledger.outcomeOf(at);
    if (outcome === 'accepted') accepted.push(at);
    else if (outcome === 'duplicate')
      (ledger.isReplay(at) && ledger.replays === 'ambiguous' ? either : duplicates).push(at);
    else if ((outcome === 'failed' || ledger.isUnknown(at)) && !ledger.isNeverSent(at)) maybe.push(at);
  }
  return { accepted, duplicates, either, maybe, hasUnknown: maybe.some((at) => ledger.isUnknown(at)) };
}

/** A request that was answered with a failure, after which another of the signal was sent and accepted; null if none was. */
export function failedBefore(ledger: Ledger, { outcomes: { accepted, maybe } }: Signal): number | null {
  const isAnswered = (at: number): boolean => ledger.outcomeOf(at) === 'failed' && ledger.statusOf(at) !== 0;
  const isFollowed = (at: number): boolean => accepted.some((later) => shortestGapUs(ledger, at, later) >= 0);
  return maybe.find((at) => isAnswered(at) && isFollowed(at)) ?? null;
}

/** Two requests in a row, both answered, surely lie within the TTL. */
export function isSurelyRepeated(ledger: Ledger, { attempts, outcomes, life }: Signal): boolean {
  if (life === null) return false;
  const answers = new Set([...outcomes.accepted, ...outcomes.duplicates]);
  const answered = attempts.filter((at) => answers.has(at));
  return answered.some((at, n) => n > 0 && surelyWithinTtl(ledger, answered[n - 1] ?? at, at, life));
}

/** What the sender of a signal that was accepted at first was told of all its repeats, if none of them was taken, and each was answered; else null. */
export function repeatsTold(ledger: Ledger, { attempts, outcomes }: Signal): 'failed' | 'refused' | null {
  const [first, ...repeats] = attempts;
  const { accepted, duplicates, either, hasUnknown, maybe } = outcomes;
  const isTold = accepted.length === 1 && accepted[0] === first && duplicates.length + either.length === 0;
  if (!isTold || hasUnknown || repeats.length === 0 || repeats.some((at) => ledger.isNeverSent(at))) return null;
  return maybe.length > 0 ? 'failed' : 'refused';
}

/** A repeat may lie on either side of the TTL, counted from the first request. */
export function isAmbiguous(ledger: Ledger, { attempts, first, life }: Signal): boolean {
  if (life === null) return false;
  return attempts.some(
    (at, n) => n > 0 && !surelyWithinTtl(ledger, first, at, life) && !surelyPastTtl(ledger, first, at, life),
  );
}

/** Answered as accepted or duplicate: the target has it, by what it says. */
export const isTaken = ({ outcomes: { accepted, duplicates, either } }: Signal): boolean =>
  accepted.length + duplicates.length + either.length > 0;

/**
 * Whether a repeat surely within the TTL was answered like the first acceptance, and another one as a duplicate in other words: the
 * target tells repeats, and did not tell this one.
 */
export function isToldTwice(
  ledger: Ledger,
  { attempts, outcomes: { accepted }, life, isRead, effects }: Signal,
): boolean {
  const [first] = accepted;
  if (first === undefined || life === null || !isRead || effects !== 1) return false;
  const isAgain = (at: number): boolean =>
    ledger.isReplay(at) && ledger.recordedOutcomeOf(at) === 'accepted' && surelyWithinTtl(ledger, first, at, life);
  return attempts.some(isAgain) && attempts.some((at) => ledger.recordedOutcomeOf(at) === 'duplicate');
}
