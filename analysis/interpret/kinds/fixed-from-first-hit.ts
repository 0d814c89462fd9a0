import { fixed } from './fixed.ts';
import type { LimiterModel } from './model.ts';

/**
 * A window begins with the first request after the last one ended: N·(⌈T/W⌉+1) − 1. Windows open W apart or more, each with a
 * request that it admits. At most ⌈T/W⌉ of them open inside a half-open span of length T, with N requests each. One more can
 * have opened before the span, but its first request lies then outside, which leaves N − 1 of it.
 */
export const fixedFromFirstHit: LimiterModel = {
  ...fixed,
  maxAdmitted: (limit, spanMs) => fixed.maxAdmitted(limit, spanMs) - 1,
  mayHaveEdgesInside: false,
};
