import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { mustBeAdmitted } from '../interpret/expected-outcome.ts';
import { decidedByUs, mayTakePlace, usesQuota } from '../interpret/quota-use.ts';
import { countBelow, mapped } from '../statistics.ts';
import { fullestWithin } from './bounds.ts';
import { Contradictions } from './contradictions.ts';
import { type BothContradictions, type Counts, contradictionsOf } from './kind.ts';

/** A documented kind of limiter that explains all that contradicts the declared one. */
export interface Explanation {
  readonly limiter: DeclaredLimiter;
  /** What it fits, and how to declare that. */
  readonly words: string;
  /** It is of N per W, as declared, and its kind is declared as unknown. */
  readonly isAsDeclared?: boolean;
  /** Repeats are declared to use quota, and by this explanation use none. */
  readonly repeatsAreUncounted?: boolean;
}

/** What is looked for: all counts of a run, and the limiter that the profile declares. */
export interface Question {
  readonly counts: Counts;
  readonly profile: TargetProfile;
  readonly limiter: DeclaredLimiter;
  /** The server's clock is known not to have stepped. */
  readonly isEven: boolean;
  /** How often the declared one was contradicted. */
  readonly contradictions: number;
}

/** Fewer could be a burst that a race explains. */
export const minContradictions = 3;

export type Candidate = (question: Question) => Iterable<Explanation>;

export function firstFit<T extends Pick<Explanation, 'limiter'>>(
  explanations: Iterable<T>,
  { counts, profile, isEven }: Question,
): readonly T[] {
  const isRefuted = ({ excess, wrongful }: BothContradictions): boolean => {
    const both = new Contradictions();
    both.addAll(excess);
    both.addAll(wrongful);
    return isEven ? both.count > 0 : both.proven;
  };
  for (const explanation of explanations) {
    if (!isRefuted(contradictionsOf(counts, profile, explanation.limiter, { isEnough: isRefuted })))
      return [explanation];
  }
  return [];
}

/** How many of a count were surely admitted within the fullest span of so long. */
export function fullestOf({ ledger, indices }: Counts[number], profile: TargetProfile, spanMs: number): number {
  const admitted = indices.filter((at) => usesQuota(ledger, at, profile) === 'yes');
  return fullestWithin(ledger, admitted, spanMs);
}

/** A request refused although each declared limit had room for it. */
export interface Wrongful {
  readonly sendUs: number;
  readonly endUs: number;
  /** Of its count: what can have been counted. */
  readonly sends: Float64Array;
  readonly ends: Float64Array;
}

export function wrongfulOf({ counts, profile }: Question): readonly Wrongful[] {
  return counts.flatMap((count) => {
    const { ledger, indices } = count;
    const expected = count.expected();
    const refused = indices.filter((at, n) => ledger.outcomeOf(at) === 'limited' && mustBeAdmitted(expected[n] ?? 0));
    if (refused.length === 0) return [];
    const counted = indices.filter((at) => mayTakePlace(ledger, at, profile));
    const sends = mapped(counted, (at) => ledger.sendUs(at)).sort();
    const ends = mapped(counted, (at) => decidedByUs(ledger, at)).sort();
    return Array.from(refused, (at) => ({ sendUs: ledger.sendUs(at), endUs: ledger.endUs(at), sends, ends }));
  });
}

/** The fewest of what was counted before refusals; a step of the server's clock may be the reason of some of them. */
export function fewestOf({ isEven }: Question, counted: readonly number[]): number {
  if (isEven) return counted.reduce((least, count) => Math.min(least, count), Number.POSITIVE_INFINITY);
  const sorted = Float64Array.from(counted).sort();
  return sorted[Math.floor(sorted.length / 10)] ?? Number.POSITIVE_INFINITY;
}

/** How many can have been counted in the time before. */
export const countedBefore = ({ sendUs, endUs, sends, ends }: Wrongful, spanMs: number): number =>
  countBelow(sends, endUs) - countBelow(ends, sendUs - spanMs * 1000);
