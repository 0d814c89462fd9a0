import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { duration, unitFor } from '../../contract/report/figures.ts';
import type { Measure } from '../../contract/report/report.ts';
import { counted } from '../words.ts';
import type { Contradictions } from './contradictions.ts';
import { type BothContradictions, contradictionsOf } from './kind.ts';
import { type NamedFault, named } from './named-fault.ts';
import type { Question } from './question.ts';
import type { Seen } from './seen.ts';

// The declared limiter with a penalty time of another length: it is a fault, and no other kind.

/** Penalty times at which the declared limiter would have done all that was seen: none of them is the declared one. */
export interface PenaltyLength {
  /** Shorter, and something was refused when it was over. */
  readonly minMs: number;
  /** Longer, and something was admitted in it. */
  readonly maxMs: number;
}

/** What lasts longer, as a multiple of what is declared, cannot be told from a key that never expires. */
const longestTimes = 16;
const precisionMs = 1;

/**
 * The longer it is, the less it may admit and the more it may refuse: the longest one that leaves no admission contradicted, and the shortest
 * that leaves no refusal contradicted, each found by halves. Both hold whatever the moments of decision were: the time between two polls, the
 * time that answers take and what clocks may differ by widen them. Null if none leaves nothing contradicted, or the run does not bound it on
 * both sides.
 */
export function penaltyLengthOf({ counts, profile, limiter, isEven }: Question): PenaltyLength | null {
  const { penaltyMs } = limiter;
  if (penaltyMs === undefined) return null;
  const isWrong = (found: Contradictions): boolean => (isEven ? found.count > 0 : found.proven);
  const contradicts = (ms: number, about: 'excess' | 'wrongful'): boolean => {
    const isEnough = (found: BothContradictions): boolean => isWrong(found[about]);
    return isEnough(contradictionsOf(counts, profile, { ...limiter, penaltyMs: ms }, { isEnough, about }));
  };
  const admitsTooMuch = (ms: number): boolean => contradicts(ms, 'excess');
  const refusesTooMuch = (ms: number): boolean => contradicts(ms, 'wrongful');
  const longestMs = longestTimes * penaltyMs;
  if (admitsTooMuch(0) || !refusesTooMuch(0) || !admitsTooMuch(longestMs)) return null;
  const maxMs = turnBetween(0, longestMs, admitsTooMuch)[0];
  if (refusesTooMuch(maxMs)) return null;
  const minMs = turnBetween(0, maxMs, (ms) => !refusesTooMuch(ms))[1];
  return minMs <= penaltyMs && penaltyMs <= maxMs ? null : { minMs, maxMs };
}

/** The last found at which it is not yet so, and the first at which it is. */
function turnBetween(lowMs: number, highMs: number, isSo: (ms: number) => boolean): readonly [number, number] {
  let [low, high] = [lowMs, highMs];
  while (high - low > precisionMs) {
    const middle = (low + high) / 2;
    if (isSo(middle)) high = middle;
    else low = middle;
  }
  return [low, high];
}

/** In words, with how many were admitted in the declared penalty time, or refused after it. */
export function nameOfPenaltyLength(
  length: PenaltyLength,
  { penaltyMs = 0, penaltyProlonged }: DeclaredLimiter,
  { inPenalty, wrongful }: Pick<Seen, 'inPenalty' | 'wrongful'>,
): NamedFault {
  const isLonger = length.minMs > penaltyMs;
  const found = isLonger
    ? `${counted(wrongful.count, 'request')} throttled when it was over`
    : `${counted(inPenalty, 'request')} admitted before it was over`;
  const since = penaltyProlonged === true ? 'the last refusal' : 'the first refusal';
  return named(
    `its penalty time is ${isLonger ? 'longer' : 'shorter'} than declared: it blocks for ${inWords(length)} from ${since} on; ${duration(penaltyMs)} are declared (${found})`,
    'penalty length',
  );
}

/** Beside another explanation. */
export const otherLengthInWords = (length: PenaltyLength): string =>
  `the declared limiter with a penalty time of ${inWords(length)}: if that is meant, declare it as limiter.penaltyMs`;

/** Halfway between its bounds. */
export function penaltyMeasure({ minMs, maxMs }: PenaltyLength, declaredMs: number): Measure {
  const [low, high] = [Math.floor(minMs), Math.ceil(maxMs)];
  return { name: 'penalty-time', value: (low + high) / 2, unit: 'ms', low, high, threshold: declaredMs };
}

/** `4412 to 4563 ms`: rounded outward. */
function inWords({ minMs, maxMs }: PenaltyLength): string {
  const { word, ms } = unitFor(maxMs);
  const perUnit = ms === 1 ? 1 : 100;
  const from = Math.floor((minMs / ms) * perUnit) / perUnit;
  const to = Math.ceil((maxMs / ms) * perUnit) / perUnit;
  return `${from} to ${to} ${word}`;
}
