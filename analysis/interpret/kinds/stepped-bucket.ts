import { pollsWithin } from '../../../contract/plan/limits.ts';
import type { DeclaredLimit } from '../../../contract/profile/declared-limits.ts';
import { countBelow } from '../../statistics.ts';
import { polledMinimum } from '../bucket.ts';
import { clockLagUs, maxShownUs } from '../tolerance.ts';
import { type LimiterModel, wholeWindows } from './model.ts';
import { slowestRefill } from './token-bucket.ts';

const sizeOf = ({ limit, burst }: DeclaredLimit): number => burst ?? limit;

/**
 * A bucket of B that gains N tokens at once, every W: B + N·⌈T/W⌉, since a half-open span of length T holds at most ⌈T/W⌉ of the
 * instants at which it gains.
 *
 *     B = 5, N = 2   |5.....+2.....+2.....+2    each W
 *
 * The level at a time t is min over s of B + N·⌊(t − s)/W⌋ − counted(s, t], wherever the steps lie. Only the s within
 * (⌈B/N⌉ + 1)·W matter: over a longer time it gains all of B, so that what it held before counts but
 * once, at their beginning.
 */
export const steppedBucket: LimiterModel = {
  maxAdmitted: (limit, spanMs) => sizeOf(limit) + limit.limit * Math.ceil(spanMs / limit.windowMs),
  spansInWindows: wholeWindows,
  isBucket: false,
  mayHaveEdgesInside: true,
  atOnce: sizeOf,
  memoryMs: (limit) => (Math.ceil(sizeOf(limit) / limit.limit) + 1) * limit.windowMs,
  room({ ends }, limit, asked) {
    const size = sizeOf(limit);
    const windowUs = limit.windowMs * 1000;
    const lagUs = clockLagUs(limit);
    const horizonUs = maxShownUs(steppedBucket.memoryMs(limit, asked) * 1000, lagUs);
    const left = size - pollsWithin(asked, horizonUs / 1000);
    const evenly = polledMinimum(ends, size, slowestRefill(limit), asked);
    if (left < 1 || evenly === null) return null;
    return ({ sendUs, begun }) => {
      const heldBefore = evenly.at(sendUs - horizonUs);
      const oldest = countBelow(ends, sendUs - horizonUs);
      if (begun - oldest < left) return true;
      // What it held then, less a step, as if it were refilled evenly, and as many steps since.
      const gained = limit.limit * Math.ceil(size / limit.limit) - (size - left);
      if (heldBefore + gained - (begun - oldest) < 1) return false;
      const inFlight = countBelow(ends, sendUs);
      for (let at = inFlight; at >= oldest; at -= 1) {
        const ageUs = at === inFlight ? 0 : sendUs - (ends[at] ?? 0);
        const steps = Math.max(0, Math.floor((ageUs - lagUs) / maxShownUs(windowUs)));
        if (left + limit.limit * steps - (begun - at) < 1) return false;
      }
      return true;
    };
  },
  full: () => null,
};
