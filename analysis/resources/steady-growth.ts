import { median, theilSen } from '../statistics.ts';
import { nearestStaircase } from './staircase.ts';

/** Fewer values than this have no interval worth the name. */
export const minValues = 6;

/** What fades below this share of its pace over all was a pool that filled. */
const persistence = 0.6;
/** What begins below this share of it was not there from the start. */
const onset = 0.3;
/** Levels that leave less than this share of what a line does are the better picture of the values. */
const clearlyBetter = 0.4;
/** A leak beside a pool that fills goes on between the steps. */
const levelShare = 0.5;
/** So many values in a row that do not grow, up to the last one, are a pool that is full. */
const minPlateau = 3;

export interface SteadyGrowth {
  /** Change per value, with its 95% interval. */
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  /** From the first value to the last, each by the median of three; no more than the pace comes to. */
  readonly grown: number;
  readonly first: number;
  readonly last: number;
  /** The interval lies above zero, and the pace is kept from the start to the end. */
  readonly isSteady: boolean;
  /** It grew in one part of the time, at the end too: nobody can tell yet whether it goes on. */
  readonly isUneven: boolean;
}

/** Whether values at equal distances grow as a leak does: steadily, without fading. Null for too few of them. */
export function steadyGrowth(values: readonly number[]): SteadyGrowth | null {
  const line = theilSen(values);
  if (line === null || values.length < minValues) return null;
  const first = median(values.slice(0, 3)) ?? 0;
  const last = median(values.slice(-3)) ?? 0;
  const paced = Math.max(0, line.slope) * (values.length - 1);
  const course = courseOf(values, line);
  return {
    ...line,
    ...{ first, last, grown: Math.min(last - first, paced) },
    isSteady: course === 'steady',
    isUneven: course === 'uneven',
  };
}

function courseOf(
  values: readonly number[],
  { slope, low }: { readonly slope: number; readonly low: number },
): 'steady' | 'uneven' | 'over' {
  const halfway = (values.length >> 1) - 1;
  const pace = (part: readonly number[]): number => theilSen(part)?.slope ?? slope;
  if (low <= 0 || pace(values.slice(halfway)) < persistence * slope) return 'over';
  const stairs = nearestStaircase(values);
  if (stairs.misfit < clearlyBetter && stairs.paceOnLevels < levelShare * slope) {
    return stairs.onLast >= minPlateau ? 'over' : 'uneven';
  }
  return pace(values.slice(0, values.length - halfway)) < onset * slope ? 'uneven' : 'steady';
}
