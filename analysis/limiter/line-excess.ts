import type { DeclaredLimit } from '../../contract/profile/declared-limits.ts';
import { modelOf } from '../interpret/kinds/models.ts';
import { clockLagUs, rateError, toleranceUs } from '../interpret/tolerance.ts';
import type { Burst } from './bounds.ts';
import { SuffixMaximum } from './suffix-maximum.ts';

// Kinds whose bound is a line, S + N/W·T. A grid of spans would round T up, and so grant what refills meanwhile: at 100 a second one
// more within 10 ms, which hides a bucket of 101.

/** A bound S + slope·T, which the generator's clock sees. */
export interface Line {
  readonly from: number;
  /** Requests a microsecond. */
  readonly slope: number;
}

/** How far a number of requests must lie above a line to be no matter of rounding. */
const hair = 1e-6;

/** The most that a generator can see admitted within T; null if the kind is judged over spans of its own. */
export function highestLine(limit: DeclaredLimit): Line | null {
  const from = modelOf(limit).lineFrom?.(limit);
  if (from === undefined) return null;
  const slope = limit.limit / (limit.windowMs * 1000) / (1 - rateError);
  return { from: from + slope * (toleranceUs + clockLagUs(limit)), slope };
}

/** The span of the server's clock, in milliseconds, that what the generator saw within `us` fits into. */
export const longestSpanMs = (us: number): number => (us + toleranceUs) / (1 - rateError) / 1000;

/**
 * U: whether more than S + N/W·T of the requests can have been decided within some T.
 * @param sends,ends microseconds of all that the limiter can have admitted, each sorted by itself.
 */
export function mayExceedLine(sends: Float64Array, ends: Float64Array, limit: DeclaredLimit): boolean {
  const from = modelOf(limit).lineFrom?.(limit) ?? Number.POSITIVE_INFINITY;
  const slope = limit.limit / (limit.windowMs * 1000) / (1 + rateError);
  const slackUs = toleranceUs + clockLagUs(limit);
  const originUs = ends[0] ?? 0;
  let ended = 0;
  let best = Number.NEGATIVE_INFINITY;
  for (let begun = 1; begun <= sends.length; begun += 1) {
    const untilUs = (sends[begun - 1] ?? 0) - slackUs;
    for (; ended < ends.length && (ends[ended] ?? 0) <= untilUs; ended += 1) {
      best = Math.max(best, slope * ((ends[ended] ?? 0) - originUs) - ended);
    }
    const most = Math.max(begun - ended, begun + best - slope * (untilUs - originUs));
    if (most > from + hair) return true;
  }
  return false;
}

/** A stretch of time in which more were surely admitted than the line allows, and by how many. */
interface Excess extends Burst {
  readonly over: number;
}

/** The requests in order of sending, and positions among them in order of their ends. */
export interface Admitted {
  readonly sends: Float64Array;
  readonly ends: Float64Array;
  readonly byEnd: Uint32Array;
}

/**
 * L: stretches of time that do not overlap, in each of which more requests lie wholly than the line allows: as many as there are, each
 * where it is fullest. What is beyond the line by more than `oneStep` is one, however long it lasts.
 * For each end the fullest of all beginnings is found in a tree: n·log n.
 */
export function surelyAboveLine(admitted: Admitted, line: Line, oneStep: number): readonly Burst[] {
  const { sends, ends, byEnd } = admitted;
  const originUs = sends[0] ?? 0;
  const tree = new SuffixMaximum(sends.map((us) => line.slope * (us - originUs)));
  const found: Burst[] = [];
  // Of the open stretch, each fuller than the one before.
  let records: Excess[] = [];
  let firstFree = 0;

  function fullest(first: number, toUs: number): Excess {
    const { value, at } = tree.from(first);
    const fromUs = sends[at] ?? 0;
    const over = value - line.slope * (toUs - originUs) - line.from;
    return { over, fromUs, toUs, count: Math.round(over + line.from + line.slope * (toUs - fromUs)) };
  }
  function close(beforeUs: number): void {
    const best = records.filter(({ toUs }) => toUs < beforeUs).at(-1);
    records = [];
    if (best === undefined) return;
    found.push(best);
    firstFree = firstAfter(sends, best.toUs);
  }

  for (const position of byEnd) {
    const endUs = ends[position] ?? 0;
    tree.count(position);
    const excess = fullest(firstFree, endUs);
    if (!(excess.over > hair)) continue;
    const [first, last] = [records[0], records.at(-1)];
    if (first !== undefined && last !== undefined) {
      const isLong = excess.over > oneStep && last.over <= oneStep;
      const apart = fullest(firstAfter(sends, last.over > oneStep ? last.toUs : first.toUs), endUs);
      if (apart.over > hair && !isLong) {
        close(apart.fromUs);
        records.push(apart);
        continue;
      }
    }
    if (last === undefined || excess.over > last.over) records.push(excess);
  }
  close(Number.POSITIVE_INFINITY);
  return found;
}

/** Position of the first that is later. */
function firstAfter(sorted: Float64Array, us: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) <= us) low = middle + 1;
    else high = middle;
  }
  return low;
}
