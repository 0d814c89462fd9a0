import assert from 'node:assert/strict';
import { test } from 'node:test';
import { healthy, judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, defaultTraffic, type TrafficSize } from '../fixtures/limiter-traffic.ts';
import type { HealthyKind, SimulatedLimiter } from '../fixtures/limiters.ts';
import { healthyLimiters, owingBucket } from '../fixtures/limiters.ts';
import { told } from '../fixtures/undeclared-kinds.ts';

/** A run of reduced size: the steady rate lasts for six windows. */
const size: TrafficSize = {
  ...defaultTraffic,
  windowMs: 500,
  steadyMs: 3000,
  boundaryWebhooks: 4,
  boundaries: 6,
  burstWebhooks: 4,
  bursts: 12,
};
const { limit, windowMs } = size;

function summaryOf(kind: HealthyKind, limiter: () => SimulatedLimiter, status: string, steadyMs = 3000): string {
  const traffic = { ...size, steadyMs };
  const found = judged(
    { profile: profileOf(kind, size), size: traffic, seed: 1, weather: calm, isEven: true },
    limiter,
  );
  assert.equal(found.status, status, told(found));
  return found.summary;
}

test('a bucket from which refused requests take is not called slower: some pass at first, and then none', () => {
  // The shorter one is a steady rate of four windows beside one that is too short to tell.
  for (const steadyMs of [3000, 2000]) {
    const summary = summaryOf('sliding', () => owingBucket(limit, windowMs, limit), 'fail', steadyMs);
    assert.match(summary, /some are admitted at first, and then none: it counts throttled requests against the client/);
    assert.doesNotMatch(summary, /window is longer|refill slower/);
  }
});

test('what gives again, only later than declared, does not count refused requests', () => {
  for (const times of [1.5, 2, 3]) {
    const longer = summaryOf('sliding', () => healthyLimiters.sliding(limit, windowMs * times, limit, 0), 'fail');
    assert.match(longer, /window is longer/);
    assert.doesNotMatch(longer, /counts throttled/);
    const slower = () => healthyLimiters['token-bucket'](limit + 1, windowMs * times, limit + 1, 0);
    assert.doesNotMatch(summaryOf('sliding', slower, 'fail'), /counts throttled/);
  }
  summaryOf('sliding', () => healthy('sliding', size), 'pass');
});
