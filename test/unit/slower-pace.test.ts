import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthy, judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, defaultTraffic, lightTraffic, type TrafficSize } from '../fixtures/limiter-traffic.ts';
import { type HealthyKind, healthyLimiters, type SimulatedLimiter, several } from '../fixtures/limiters.ts';
import { told } from '../fixtures/undeclared-kinds.ts';

/** A kind that is declared, and a server that keeps it so many times slower. */
const slower: readonly (readonly [HealthyKind, TrafficSize, number, RegExp])[] = [
  ['token-bucket', lightTraffic, 1.03, /refill is slower than declared: about 3\.\d+ a second instead of 4$/],
  ['token-bucket', defaultTraffic, 1.33, /refill is slower than declared: about 7\.52 a second instead of 10$/],
  ['token-bucket', defaultTraffic, 4, /refill is slower than declared: about 2\.5 a second instead of 10$/],
  [
    'stepped-bucket',
    defaultTraffic,
    1.33,
    /refill is slower than declared: between 7 and 7\.7 a second instead of 10$/,
  ],
  ['sliding', defaultTraffic, 1.1, /window is longer than declared: about 1100 ms instead of 1000 ms$/],
];

for (const [kind, size, times, words] of slower) {
  test(`${kind}, ${times} times slower than declared: it fails with its pace, and is no second limit`, () => {
    const { limit, windowMs } = size;
    const traffic = { profile: profileOf(kind, size), size, seed: 1, weather: calm, isEven: true };
    const found = judged(traffic, () => healthyLimiters[kind](limit, windowMs * times, limit, 370));
    assert.equal(found.status, 'fail', told(found));
    assert.match(found.summary, words);
    assert.doesNotMatch(found.summary, /further|another/);
    assert.equal(judged(traffic, () => healthy(kind, size)).status, 'pass');
  });
}

test('where a bucket that is refilled in steps fits as well, both are named', () => {
  const { limit, windowMs } = defaultTraffic;
  const profile = profileOf('token-bucket', defaultTraffic);
  const found = judged({ profile, size: defaultTraffic, seed: 1, weather: calm, isEven: true }, () =>
    healthyLimiters['token-bucket'](limit, windowMs * 1.1, limit, 0),
  );
  assert.equal(found.status, 'inconclusive', told(found));
  assert.match(found.summary, /declare limiter.kind as "stepped-bucket"; or .*about 9\.09 a second instead of 10$/);
});

test('a second limit that nobody declared is still told, whatever pace fits beside it', () => {
  const second = (n: number, ms: number): SimulatedLimiter => healthyLimiters.fixed(n, ms, n, 370);
  for (const kind of ['token-bucket', 'stepped-bucket'] as const) {
    for (const times of [1.5, 2, 3, 5]) {
      const found = judged(
        { profile: profileOf(kind, defaultTraffic), size: defaultTraffic, seed: 1, weather: calm, isEven: true },
        () => several([healthy(kind, defaultTraffic), second(defaultTraffic.limit * times, 60_000)], 'together'),
      );
      assert.equal(found.status, 'inconclusive', `${kind}, ${times}: ${told(found)}`);
      assert.match(found.summary, /a further limit of about/);
    }
  }
});

test('what a coarse clock refuses too many is no pace of "5 a second instead of 5"', () => {
  const size = { ...defaultTraffic, limit: 5, steadyMs: 4000, bursts: 20, burstWebhooks: 5 };
  for (const times of [1.001, 1.002, 1.003, 1.005]) {
    const found = judged({ profile: profileOf('token-bucket', size), size, seed: 1, weather: calm, isEven: true }, () =>
      healthyLimiters['token-bucket'](5, 1000 * times, 5, 0),
    );
    assert.doesNotMatch(found.summary, /slower than declared/);
  }
});
