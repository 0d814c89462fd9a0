import { countBelow } from '../../statistics.ts';
import { clockLagUs, minShownUs } from '../tolerance.ts';
import { hair, type LimiterModel, wholeWindows } from './model.ts';
import { sliding } from './sliding.ts';

const models = new Map<number, LimiterModel>();

/**
 * A window of n segments of length s = W/n that moves on by a segment at a time, as .NET's SlidingWindowRateLimiter and Sentinel's
 * LeapArray: at most N in any n segments side by side. A span of length T covers parts of at most ⌈T/s⌉ + 1 segments, so it holds at
 * most N·⌈(⌈T/s⌉ + 1)/n⌉: N within (n − 1)/n of W, 2 N within W.
 *
 *     n = 4   |...N|....|....|....|N...|....   N at the end of a segment, and N again as soon as that leaves the window
 *              <------- W ------->
 */
export function segmented(segments: number): LimiterModel {
  const known = models.get(segments);
  if (known !== undefined) return known;
  const share = (segments - 1) / segments;
  const model: LimiterModel = {
    ...sliding,
    maxAdmitted: ({ limit, windowMs }, spanMs) =>
      limit * Math.ceil((Math.ceil((spanMs / windowMs) * segments - hair) + 1) / segments - hair),
    spansInWindows: [share, ...wholeWindows],
    full({ sends, ends }, declared) {
      const { limit, windowMs } = declared;
      const surelyUs = minShownUs(windowMs * 1000 * share, clockLagUs(declared));
      return ({ sendUs, endUs }) => countBelow(ends, sendUs) - countBelow(sends, endUs - surelyUs) >= limit;
    },
  };
  models.set(segments, model);
  return model;
}
