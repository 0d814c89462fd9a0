import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { sizesFromSettings } from '../../contract/plan/sizes.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import {
  allow2Ban,
  blockDuration,
  bursty,
  elasticExpiry,
  emptyAtFirst,
  gcra,
  intervally,
  logOfAll,
  lossyBucket,
  lostExpiry,
  nginx,
  oneMoreAfterRest,
  reserving,
  segmentedWindow,
  weightedCounter,
  wholeSecondBucket,
} from '../fixtures/library-limiters.ts';
import { blocksSome, healthyLimiters, racy, type SimulatedLimiter } from '../fixtures/limiters.ts';
import { simulatedRun } from '../fixtures/simulated-run.ts';

// A run of rate-limit as it is planned, against limiters as libraries have them. Whatever is declared, one that keeps its word never
// fails, and one that is broken never passes.

const { sizes } = sizesFromSettings({});
const ms = 1000;

type Make = (random: () => number) => SimulatedLimiter;
type Case = readonly [
  name: string,
  declared: Partial<DeclaredLimiter>,
  make: Make,
  status: Judgement['status'],
  says?: RegExp,
];

function judged(declared: Partial<DeclaredLimiter>, makeLimiter: Make): Judgement {
  const limiter: DeclaredLimiter = {
    ...{ kind: 'unknown', limit: 10, windowMs: ms, burst: null, scope: 'webhook' },
    ...{ retryAfter: false, rateLimitHeaders: false },
    ...declared,
  };
  const profile: TargetProfile = { ...builtInProfiles.embedded, limiter };
  const run = simulatedRun(['rate-limit'], { profile, sizes, givenWebhooks: 0, seed: 7, makeLimiter });
  return rateLimiter.judge({ ...run, manifest: { ...run.manifest, clockMovedUs: 0 } });
}

const undeclared = {};
const sliding = { kind: 'sliding' } as const;
const bucket = { kind: 'token-bucket', burst: 10 } as const;
const firstHit = { kind: 'fixed-from-first-hit' } as const;
const weighted = { kind: 'weighted' } as const;

const healthy: readonly Case[] = [
  ...[2, 4, 10].flatMap((segments): readonly Case[] => [
    ['.NET', { ...sliding, segments }, () => segmentedWindow(segments), 'pass'],
    [
      '.NET',
      sliding,
      () => segmentedWindow(segments),
      'inconclusive',
      new RegExp(`in .*\\b${segments}\\b.* segments:`),
    ],
    ['.NET', undeclared, () => segmentedWindow(segments), 'pass'],
  ]),
  ['GCRA', bucket, () => gcra(10), 'pass'],
  ['GCRA without a burst', { ...bucket, burst: 1 }, () => gcra(1), 'pass'],
  ['blockDuration', { ...firstHit, penaltyMs: 3000 }, () => blockDuration(3000), 'pass'],
  ['blockDuration', firstHit, () => blockDuration(3000), 'inconclusive', /penalty time of about 3000 ms/],
  ['Allow2Ban', { kind: 'fixed', penaltyMs: 5000 }, () => allow2Ban(5000), 'pass'],
  ['Allow2Ban', undeclared, () => allow2Ban(5000), 'inconclusive', /penalty time of about 5000 ms/],
  ['nginx, burst=20 delay=8', { kind: 'delaying', burst: 20 }, () => nginx(20, 8), 'pass'],
  ['nginx, burst=20 nodelay', { kind: 'leaky-bucket', burst: 21 }, () => nginx(20, 20), 'pass'],
  ['nginx, burst=20 nodelay', undeclared, () => nginx(20, 20), 'inconclusive', /fits a bucket of 21 that gains 10 per/],
  ['Spring', { kind: 'stepped-bucket', burst: 10 }, () => wholeSecondBucket(1), 'pass'],
  ['Spring', bucket, () => wholeSecondBucket(1), 'inconclusive', /gains 10 at once each 1000 ms/],
  ['Spring, two tokens a request', bucket, () => wholeSecondBucket(2), 'inconclusive', /stepped-bucket/],
  ['Bucket4j intervally', bucket, () => intervally(2), 'inconclusive', /gains 5 at once each 500 ms/],
  ['Envoy', bucket, () => intervally(10), 'inconclusive', /gains 1 at once each 100 ms/],
  ['Upstash', { ...weighted, refusesToEnd: true }, () => weightedCounter({ refusesOn: true }), 'pass'],
  ['Upstash', weighted, () => weightedCounter({ refusesOn: true }), 'inconclusive', /declare .*limiter.refusesToEnd/],
  ['Upstash', undeclared, () => weightedCounter({ refusesOn: true }), 'inconclusive', /limiter.refusesToEnd/],
  ['Upstash', sliding, () => weightedCounter({ refusesOn: true }), 'inconclusive', /limiter.refusesToEnd/],
  ['weighted', { ...weighted, refusesToEnd: true }, () => weightedCounter({}), 'pass'],
  ['HAProxy', { ...weighted, countsRefused: true }, () => weightedCounter({ countsRefused: true }), 'pass'],
  ['a log of all requests', { ...sliding, countsRefused: true }, () => logOfAll(), 'pass'],
  ['weighted', { ...weighted, countsRefused: true }, () => weightedCounter({}), 'pass'],
  ['BurstyRateLimiter', undeclared, () => bursty(20, 10_000), 'inconclusive', /an extra allowance of 20/],
  ['Resilience4j', { kind: 'fixed' }, () => reserving(1500), 'pass'],
];

const broken: readonly Case[] = [
  ['.NET, one more', { ...sliding, segments: 4 }, () => segmentedWindow(4, 11), 'fail'],
  ['.NET of 9', { ...sliding, segments: 4 }, () => segmentedWindow(4, 9), 'fail'],
  ['.NET, one more', sliding, () => segmentedWindow(4, 11), 'fail'],
  ['a window of 0.8', { ...sliding, segments: 4 }, () => healthyLimiters.sliding(10, 800, 10, 0), 'fail'],
  ['a window of 0.9', sliding, () => healthyLimiters.sliding(10, 900, 10, 0), 'fail'],
  ['a window of 0.9', undeclared, () => healthyLimiters.sliding(10, 900, 10, 0), 'inconclusive', /declare it, or/],
  [
    'a bucket of 11',
    undeclared,
    () => healthyLimiters['token-bucket'](10, ms, 11, 0),
    'inconclusive',
    /declare it, or/,
  ],
  ['a window of 1.1', sliding, () => healthyLimiters.sliding(10, 1100, 10, 0), 'fail'],
  ['a window that races', undeclared, () => racy(healthyLimiters.sliding(10, ms, 10, 0), 0.8), 'fail', /race/],
  ['a bucket that races', bucket, () => racy(tokenBucket(), 0.02), 'fail', /check-then-add race/],
  ['a bucket that seldom races', bucket, () => racy(tokenBucket(), 0.005), 'fail', /check-then-add race/],
  [
    'governor',
    bucket,
    () => oneMoreAfterRest(),
    'fail',
    /one more than the limit .*came first on their key.*less likely/,
  ],
  ['a bucket of 11', bucket, () => healthyLimiters['token-bucket'](10, ms, 11, 0), 'fail', /one more than the limit/],
  ...[8, 8.5, 9, 9.5].map(
    (rate): Case => [
      `a refill of ${rate}`,
      bucket,
      () => healthyLimiters['token-bucket'](rate, ms, 10, 0),
      'fail',
      new RegExp(`its refill is slower than declared: about ${rate} a second instead of 10$`),
    ],
  ),
  [
    'a bucket that refuses at random',
    bucket,
    (random) => blocksSome(tokenBucket(), 0.05, random),
    'fail',
    /throttled although capacity was available$/,
  ],
  ['Guava', bucket, () => emptyAtFirst(), 'fail', /begins with few: at most [1-4] of 10 .* fills up/],
  ['Guava', undeclared, () => emptyAtFirst(), 'fail', /begins with few: at most [1-4] of 10 .* fills up/],
  ['a bucket of 5', undeclared, () => healthyLimiters.sliding(5, ms, 5, 0), 'fail', /^((?!begins with few).)*$/],
  ['a lossy bucket', bucket, lossyBucket, 'fail', /throttled although capacity was available/],
  ['EXPIRE at every request', firstHit, elasticExpiry, 'fail'],
  ['EXPIRE lost at times', firstHit, (random) => lostExpiry(0.05, random), 'fail'],
  ['HAProxy, weighted', weighted, () => weightedCounter({ countsRefused: true }), 'fail', /counts throttled requests/],
  ['HAProxy, refuses on', { ...weighted, refusesToEnd: true }, () => weightedCounter({ countsRefused: true }), 'fail'],
  ['HAProxy, weighted', undeclared, () => weightedCounter({ countsRefused: true }), 'fail'],
  ['a log of all requests', sliding, () => logOfAll(), 'fail', /counts throttled requests/],
  [
    'HAProxy of 11',
    { ...weighted, countsRefused: true },
    () => weightedCounter({ countsRefused: true, limit: 11 }),
    'fail',
  ],
  ['weighted of 9', weighted, () => weightedCounter({ limit: 9 }), 'fail'],
  ['Upstash of 9', { ...weighted, refusesToEnd: true }, () => weightedCounter({ limit: 9, refusesOn: true }), 'fail'],
  [
    'a fifth at random',
    undeclared,
    (random) => blocksSome(healthyLimiters.sliding(10, ms, 10, 0), 0.2, random),
    'fail',
  ],
  ['a fifth at random', weighted, (random) => blocksSome(weightedCounter({}), 0.2, random), 'fail'],
];

function tokenBucket(): SimulatedLimiter {
  return healthyLimiters['token-bucket'](10, ms, 10, 0);
}

for (const [group, cases] of [
  ['limiters of libraries that keep their word', healthy],
  ['limiters that are broken as such are', broken],
] as const) {
  test(group, () => {
    for (const [name, declared, make, status, says = /./] of cases) {
      const found = judged(declared, make);
      const told = `${name}, declared ${JSON.stringify(declared)}: ${found.summary}`;
      assert.equal(found.status, status, told);
      assert.match(found.summary, says, told);
    }
  });
}
