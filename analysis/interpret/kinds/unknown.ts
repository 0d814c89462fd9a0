import { fixed } from './fixed.ts';
import { type LimiterModel, partsOfWindows } from './model.ts';
import { roomByWindow } from './sliding.ts';
import { tokenBucket } from './token-bucket.ts';

/**
 * An undeclared kind of N per W gets the most lenient bound. Fewer than N counted in the W before are proof of room: a bucket of
 * B ≥ N, refilled evenly or in steps, admits then, too; with a smaller burst declared it must have room by both. A weighted
 * counter may refuse then, and is told by what it refuses: see analysis/limiter/explanations.ts.
 */
export const unknown: LimiterModel = {
  ...fixed,
  maxAdmitted: (limit, spanMs) => Math.max(fixed.maxAdmitted(limit, spanMs), tokenBucket.maxAdmitted(limit, spanMs)),
  spansInWindows: partsOfWindows,
  room(counted, limit, asked) {
    const byWindow = roomByWindow(counted, limit, asked);
    const hasSmallBurst = (limit.burst ?? limit.limit) < limit.limit;
    const byBucket = hasSmallBurst ? tokenBucket.room(counted, limit, asked) : () => true;
    if (byWindow === null || byBucket === null) return null;
    // Both are asked for every request, in order of sending.
    return (moment) => [byWindow(moment), byBucket(moment)].every(Boolean);
  },
};
