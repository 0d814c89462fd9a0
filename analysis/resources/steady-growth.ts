import { median, theilSen } from '../statistics.ts';

/** Fewer values than this have no interval worth the name. */
export const minValues = 6;

/** What fades below this share of its pace over all was a pool that filled. */
const persistence = 0.6;

export interface SteadyGrowth {
  /** Change per value, with its 95% interval. */
  readonly slope: number;
  readonly low: number;
  readonly high: number;
  /** From the first value to the last, each by the median of three. */
  readonly grown: number;
  readonly first: number;
  readonly last: number;
  /** The interval lies above zero, and the later half keeps that pace. */
  readonly isSteady: boolean;
}

/** Whether values at equal distances grow as a leak does: steadily, without fading. Null for too few of them. */
export function steadyGrowth(values: readonly number[]): SteadyGrowth | null {
  const line = theilSen(values);
  if (line === null || values.length < minValues) return null;
  const first = median(values.slice(0, 3)) ?? 0;
  const last = median(values.slice(-3)) ?? 0;
  const late = theilSen(values.slice((values.length >> 1) - 1))?.slope ?? line.slope;
  return {
    ...line,
    ...{ first, last, grown: last - first },
    isSteady: line.low > 0 && late >= persistence * line.slope,
  };
}
