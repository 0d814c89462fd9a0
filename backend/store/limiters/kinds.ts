import { CountingWindow } from './counting-window.ts';
import { fixedLua, fixedStart } from './fixed.ts';
import { firstHitLua, firstHitStart } from './fixed-from-first-hit.ts';
import { LeakyBucket, leakyBucketLua } from './leaky-bucket.ts';
import type { Limiter, LimiterLua, LimiterName, LimiterSize } from './limiter.ts';
import { SlidingWindow, slidingLua } from './sliding.ts';
import { SteppedBucket, steppedBucketLua } from './stepped-bucket.ts';
import { TokenBucket, tokenBucketLua } from './token-bucket.ts';
import { WeightedWindows, weightedLua } from './weighted.ts';

interface Kind {
  readonly create: (size: LimiterSize) => Limiter;
  readonly lua: LimiterLua;
}

const none: Kind = {
  create: () => ({ check: () => null, add() {}, withdraw() {} }),
  lua: `
local function checkLimiter() return false end
local function addToLimiter() end
local function withdrawFromLimiter() end
`,
};

/** Each kind of limiter, in one process's memory and in Redis. */
export const limiterKind: Readonly<Record<LimiterName, Kind>> = {
  sliding: { create: (size) => new SlidingWindow(size), lua: slidingLua },
  fixed: { create: (size) => new CountingWindow(size, fixedStart), lua: fixedLua },
  'fixed-from-first-hit': { create: (size) => new CountingWindow(size, firstHitStart), lua: firstHitLua },
  weighted: { create: (size) => new WeightedWindows(size), lua: weightedLua },
  'token-bucket': { create: (size) => new TokenBucket(size), lua: tokenBucketLua },
  'leaky-bucket': { create: (size) => new LeakyBucket(size), lua: leakyBucketLua },
  'stepped-bucket': { create: (size) => new SteppedBucket(size), lua: steppedBucketLua },
  none,
};
