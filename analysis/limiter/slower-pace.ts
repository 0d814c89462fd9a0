import { kindsWithBurst } from '../../contract/profile/limiter-kinds.ts';
import type { DeclaredLimiter, LimiterKind } from '../../contract/profile/profile.ts';
import { duration, unitFor } from '../../contract/report/figures.ts';
import { Contradictions } from './contradictions.ts';
import { type BothContradictions, contradictionsOf } from './kind.ts';
import type { Question } from './question.ts';

// The declared limit at a slower pace: the same N and burst, and a window that takes longer. It is a fault, and no second limit.

/** Paces at which the declared limiter would have done all that was seen: how many times longer its window takes. */
export interface SlowerPace {
  readonly least: number;
  readonly most: number;
}

/** Those whose pace shows. Where nobody knows the edges of windows, one that is a little longer fits hardly less than a second limit. */
const pacedKinds: readonly LimiterKind[] = [
  'token-bucket',
  'leaky-bucket',
  'stepped-bucket',
  'sliding',
  'fixed-from-first-hit',
];

/** What is slower than this cannot be told from what blocks. */
const slowest = 16;
/** A coarse clock makes a few refusals look like a pace that is slower by less. */
const minSlower = 1.01;
/** An even bucket fits at hardly more than one pace: clocks may differ by 2e-4. */
const precision = 1.0005;
/** A second limit that is soon full looks like a pace far slower than declared, or like many paces. */
const surelyPaceBelow = 2;
const surelyKnownTo = 1.2;

/**
 * The slower it is, the more it may refuse and the less it may admit: the least pace that leaves no refusal contradicted, and
 * the most that leaves no admission contradicted, each found by halves. Null if none leaves nothing contradicted.
 */
export function slowerPaceOf({ counts, profile, limiter, isEven }: Question): SlowerPace | null {
  if (!pacedKinds.includes(limiter.kind)) return null;
  const isWrong = (...some: readonly Contradictions[]): boolean => {
    const all = new Contradictions();
    for (const each of some) all.addAll(each);
    return isEven ? all.count > 0 : all.proven;
  };
  const at = (times: number): typeof limiter => ({ ...limiter, windowMs: limiter.windowMs * times });
  const contradicts = (times: number, about: 'excess' | 'wrongful'): boolean => {
    const isEnough = (found: BothContradictions): boolean => isWrong(found[about]);
    return isEnough(contradictionsOf(counts, profile, at(times), { isEnough, about }));
  };
  const refusesTooMuch = (times: number): boolean => contradicts(times, 'wrongful');
  const admitsTooMuch = (times: number): boolean => contradicts(times, 'excess');
  if (admitsTooMuch(1) || !refusesTooMuch(1) || refusesTooMuch(slowest)) return null;
  const least = firstWhere((times) => !refusesTooMuch(times));
  const isEither = ({ excess, wrongful }: BothContradictions): boolean => isWrong(excess, wrongful);
  if (isEither(contradictionsOf(counts, profile, at(least), { isEnough: isEither }))) return null;
  const most = Math.max(least, firstWhere(admitsTooMuch) / precision);
  return most < minSlower ? null : { least, most };
}

/** From where on it is so; the slowest if it is so nowhere. */
function firstWhere(isSo: (times: number) => boolean): number {
  let [low, high] = [1, slowest];
  while (high / low > precision) {
    const middle = Math.sqrt(low * high);
    if (isSo(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** A further limit that fits as well is not the reason. */
export const isSurelyPace = ({ least, most }: SlowerPace): boolean =>
  most < surelyPaceBelow && most / least < surelyKnownTo;

export function paceInWords(pace: SlowerPace, { kind, limit, windowMs }: DeclaredLimiter): string {
  if (!kindsWithBurst.includes(kind)) {
    const { word, ms } = unitFor(windowMs);
    const windowIn = windowMs / ms;
    return `its window is longer than declared: ${about(windowIn * pace.least, windowIn * pace.most)} ${word} instead of ${duration(windowMs)}`;
  }
  const perSecond = (limit / windowMs) * 1000;
  return `its refill is slower than declared: ${about(perSecond / pace.most, perSecond / pace.least)} a second instead of ${rounded(perSecond, 3)}`;
}

function about(least: number, most: number): string {
  if (most / least < 1.03) return `about ${rounded(Math.sqrt(least * most), 3)}`;
  return `between ${rounded(least, 2)} and ${rounded(most, 2)}`;
}

const rounded = (value: number, digits: number): number => Number(value.toPrecision(digits));
