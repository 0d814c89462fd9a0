import type { DeclaredLimit } from '../../../contract/profile/declared-limits.ts';
import { BucketMaximum, polledMinimum } from '../bucket.ts';
import { clockLagUs, rateError, toleranceUs } from '../tolerance.ts';
import { type Certainty, type CountedTimes, hair, type LimiterModel } from './model.ts';

/** Tokens a microsecond, slower and faster than declared by what clocks may differ. */
export function slowestRefill({ limit, windowMs }: Pick<DeclaredLimit, 'limit' | 'windowMs'>): number {
  return (limit / (windowMs * 1000)) * (1 - rateError);
}

export function fastestRefill({ limit, windowMs }: Pick<DeclaredLimit, 'limit' | 'windowMs'>): number {
  return (limit / (windowMs * 1000)) * (1 + rateError);
}

/**
 * The level at a time t is min over s of B + r·(t − s) − counted(s, t]; possible ones are charged at their ends, and those in
 * flight at the request's own time.
 */
export function roomInBucket(
  { ends }: CountedTimes,
  limit: DeclaredLimit,
  asked: number,
  size: number,
): Certainty | null {
  const lowest = polledMinimum(ends, size, slowestRefill(limit), asked);
  if (lowest === null) return null;
  const slackUs = toleranceUs + clockLagUs(limit);
  return ({ sendUs, begun }) => lowest.at(sendUs - slackUs) - (begun - lowest.charged) >= 1;
}

/**
 * The level is at most B + r·(end − first send) − count. Sends and ends are each sorted by themselves: of those that ended so far no
 * more were sent before the n-th of the sends than n.
 */
function emptyBucket(counted: CountedTimes, limit: DeclaredLimit, size: number): Certainty {
  const highest = new BucketMaximum(counted, size, fastestRefill(limit));
  const slackUs = toleranceUs + clockLagUs(limit);
  return ({ sendUs, endUs }) => highest.at(endUs + slackUs, sendUs) < 1;
}

/** A bucket whose size is its burst and `more`: ⌊B + N/W·T⌋. */
export function bucketOf(more: number): LimiterModel {
  const sizeOf = ({ limit, burst }: DeclaredLimit): number => (burst ?? limit) + more;
  return {
    maxAdmitted: (limit, spanMs) => Math.floor(sizeOf(limit) + (limit.limit / limit.windowMs) * spanMs + hair),
    lineFrom: sizeOf,
    spansInWindows: [],
    isBucket: true,
    mayHaveEdgesInside: false,
    atOnce: sizeOf,
    memoryMs: (limit, asked) => sizeOf(limit) / (slowestRefill(limit) * 1000 - asked / 1000),
    room: (counted, limit, asked) => roomInBucket(counted, limit, asked, sizeOf(limit)),
    full: (counted, limit) => emptyBucket(counted, limit, sizeOf(limit)),
  };
}

/** A bucket of B tokens that gains N per W, evenly. A leaky one that refuses what would overflow admits the same. */
export const tokenBucket: LimiterModel = bucketOf(0);
