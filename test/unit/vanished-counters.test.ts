import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { LimiterKind } from '../../contract/profile/profile.ts';
import { assertAdvice } from '../fixtures/advice.ts';
import { healthy, judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, defaultTraffic, type TrafficSize } from '../fixtures/limiter-traffic.ts';
import {
  checkThenAdd,
  evicting,
  type HealthyKind,
  healthyLimiters,
  perWorker,
  racy,
  type SimulatedLimiter,
} from '../fixtures/limiters.ts';

/** A run of reduced size. */
const size: TrafficSize = {
  ...{ limit: 10, windowMs: 500, steadyMs: 3000, boundaryWebhooks: 4, boundaries: 6, burstWebhooks: 4, bursts: 12 },
};

type Make = (random: () => number) => SimulatedLimiter;

const found = (kind: LimiterKind, make: Make, traffic = size, seed = 2): Judgement =>
  judged({ profile: profileOf(kind, traffic), size: traffic, seed, weather: calm, isEven: true }, make);

const vanishes = /what it counted vanishes before the window has ended, \d+ times under \d+ counts?: up to \d+ within/;
const kinds: readonly HealthyKind[] = ['sliding', 'fixed', 'token-bucket'];

test('counters that are evicted in mid-window are named so, and no race, whatever the kind', () => {
  for (const traffic of [size, defaultTraffic]) {
    for (const kind of kinds) {
      const { windowMs } = traffic;
      const judgement = found(kind, (random) => evicting(() => healthy(kind, traffic), windowMs, random), traffic);
      assert.equal(judgement.status, 'fail', judgement.summary);
      assert.match(judgement.summary, vanishes, kind);
      assert.doesNotMatch(judgement.summary, /check-then-add/, kind);
      assertAdvice(rateLimiter, judgement, {
        first: /^lost counters: a Redis/,
        never: /atomic|shared counts|switched on/,
      });
      assert.equal(found(kind, () => healthy(kind, traffic), traffic).status, 'pass');
    }
  }
});

test('a surplus of requests sent at one instant is a race as before, and larger limits and workers lose nothing', () => {
  const { limit, windowMs } = defaultTraffic;
  const others: readonly (readonly [LimiterKind, Make])[] = [
    ['sliding', () => checkThenAdd(limit, windowMs, 0.3)],
    ['token-bucket', () => racy(healthyLimiters['token-bucket'](limit, windowMs, limit, 0), 0.3)],
    ['sliding', (random) => perWorker(() => healthyLimiters.sliding(limit, windowMs, limit, 0), 2, random)],
    ['sliding', () => healthyLimiters.sliding(limit + 1, windowMs, limit, 0)],
    ['sliding', () => healthyLimiters.sliding(2 * limit, windowMs, limit, 0)],
    ['token-bucket', () => healthyLimiters['token-bucket'](limit, windowMs, 2 * limit, 0)],
    ['delaying', () => healthyLimiters.delaying(2 * limit, windowMs, 2 * limit, 0)],
    ['sliding', () => healthyLimiters.fixed(limit, windowMs, limit, 370)],
  ];
  for (const [at, [kind, make]] of others.entries()) {
    const { status, summary } = found(kind, make, defaultTraffic);
    assert.equal(status, 'fail', `${at}: ${summary}`);
    assert.doesNotMatch(summary, vanishes, String(at));
    if (at < 2) assert.match(summary, /check-then-add race/, String(at));
  }
});

test('a window that is shorter than declared admits more one after another: no race is suspected', () => {
  const { limit, windowMs } = defaultTraffic;
  const shorter = found('sliding', () => healthyLimiters.sliding(limit, 0.7 * windowMs, limit, 0), defaultTraffic);
  assert.match(
    shorter.summary,
    /sent one after another, .*: its window is shorter than .*: about [67]\d0 ms instead of/,
  );
  assertAdvice(rateLimiter, shorter, { first: /^the pace: is the window/, never: /atomic|shared counts/ });
  const faster = found(
    'token-bucket',
    () => healthyLimiters['token-bucket'](2 * limit, windowMs, limit, 0),
    defaultTraffic,
  );
  assert.match(faster.summary, /or its refill faster: about (49|50|51)0 ms instead of/);
});

/** The first refusal begins a block of half a window, whose end clears the count. */
function blocking(): SimulatedLimiter {
  const make = (): SimulatedLimiter => healthy('sliding', size);
  let [inner, untilMs] = [make(), Number.NEGATIVE_INFINITY];
  return (wallMs) => {
    if (wallMs < untilMs) return { admitted: false };
    if (untilMs > 0) [inner, untilMs] = [make(), Number.NEGATIVE_INFINITY];
    const answer = inner(wallMs);
    if (!answer.admitted) untilMs = wallMs + size.windowMs / 2;
    return answer;
  };
}

test('a block of half a window after a refusal is named, and no window that doubles', () => {
  for (const kind of ['sliding', 'fixed-from-first-hit'] as const) {
    const judgement = found(kind, blocking);
    assert.equal(judgement.status, 'fail', judgement.summary);
    assert.match(judgement.summary, /the count begins anew about 2\d\d( to 2\d\d)? ms after a refusal/, kind);
    assert.doesNotMatch(judgement.summary, /boundary double|as a fixed window/, kind);
    assertAdvice(rateLimiter, judgement, { first: /^the block after a refusal/, never: /kind of window|atomic/ });
  }
  const doubles = found('sliding', () => healthy('fixed', size));
  assert.match(doubles.summary, /boundary double: \d+ within 500 ms, as a fixed window admits around its edge/);
  assert.equal(found('sliding', () => healthy('sliding', size)).status, 'pass');
});

test('counters that are evicted seldom are no window that doubles: their loss is tied to no edge', () => {
  const { windowMs } = defaultTraffic;
  for (const windows of [5, 10]) {
    for (const seed of [2, 3]) {
      const make: Make = (random) => evicting(() => healthy('sliding', defaultTraffic), windows * windowMs, random);
      const judgement = found('sliding', make, defaultTraffic, seed);
      assert.match(judgement.summary, vanishes, `every ${windows} windows, seed ${seed}`);
      assertAdvice(rateLimiter, judgement, { first: /^lost counters: a Redis/, never: /kind of window|atomic/ });
    }
  }
  for (const kind of ['fixed', 'fixed-from-first-hit'] as const) {
    for (const seed of [2, 3]) {
      const { summary } = found('sliding', () => healthy(kind, defaultTraffic), defaultTraffic, seed);
      assert.match(summary, /boundary double: \d+ within 1000 ms, as a fixed window admits around its edge/);
    }
  }
});
