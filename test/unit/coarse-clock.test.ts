import assert from 'node:assert/strict';
import { test } from 'node:test';
import { possiblyWithin, surelyWithin } from '../../analysis/limiter/bounds.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { limitsOf } from '../../contract/profile/declared-limits.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { healthy, judged, profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, defaultTraffic, type TrafficSize } from '../fixtures/limiter-traffic.ts';
import { byCoarseClock, type HealthyKind, healthyLimiters, type SimulatedLimiter } from '../fixtures/limiters.ts';
import { ledgerOf } from '../fixtures/run.ts';
import { told } from '../fixtures/undeclared-kinds.ts';

/** Windows' clock. */
const tickMs = 15.6;
const size: TrafficSize = { ...defaultTraffic, windowMs: 500, steadyMs: 5000 };
/** At 50 a second a tick is worth nearly one token. */
const dense: TrafficSize = { ...size, limit: 25, bursts: 30 };

function judgedBy(kind: HealthyKind, traffic: TrafficSize, declared: TargetProfile, more = 0): Judgement {
  const { limit, windowMs } = traffic;
  const make = (): SimulatedLimiter => healthyLimiters[kind](limit + more, windowMs, limit + more, 370);
  return judged({ profile: declared, size: traffic, seed: 1, weather: calm, isEven: true }, () =>
    byCoarseClock(make(), tickMs, 1.37),
  );
}

function withTick(profile: TargetProfile, clockTickMs: number): TargetProfile {
  const { limiter } = profile;
  if (limiter.kind === 'none') throw new Error('there is no limiter');
  return { ...profile, limiter: { ...limiter, clockTickMs } };
}

const cases: readonly (readonly [HealthyKind, TrafficSize])[] = [
  ['sliding', size],
  ['fixed-from-first-hit', size],
  ['token-bucket', size],
  ['token-bucket', dense],
];

for (const [kind, traffic] of cases) {
  const name = `${kind} of ${traffic.limit} by a clock that ticks every ${tickMs} ms`;
  const profile = profileOf(kind, traffic);

  test(`${name}: not accused, and told what to declare; as declared it passes`, () => {
    const found = judgedBy(kind, traffic, profile);
    assert.equal(found.status, 'inconclusive', told(found));
    assert.match(
      found.summary,
      /a clock that ticks every \d+ ms or more seldom: declare how often as limiter.clockTickMs/,
    );
    const declared = judgedBy(kind, traffic, withTick(profile, 16));
    assert.equal(declared.status, 'pass', told(declared));
  });

  test(`${name}: one more than the limit fails all the same`, () => {
    for (const declared of [profile, withTick(profile, 16)]) {
      const found = judgedBy(kind, traffic, declared, 1);
      assert.equal(found.status, 'fail', told(found));
    }
  });
}

test('where the clock may have stepped as well, the healthy are not accused and one more is', () => {
  const profile = profileOf('token-bucket', dense);
  const by = (more: number): Judgement =>
    judged({ profile, size: dense, seed: 1, weather: calm }, () =>
      byCoarseClock(healthyLimiters['token-bucket'](25 + more, 500, 25 + more, 370), tickMs, 1.37),
    );
  assert.match(by(0).summary, /limiter.clockTickMs/);
  assert.equal(by(1).status, 'fail', told(by(1)));
});

test('one more than the limit by a fine clock is no coarse clock, and what is healthy passes', () => {
  for (const [kind, traffic] of cases) {
    const { limit, windowMs } = traffic;
    const profile = profileOf(kind, traffic);
    const by = (limiter: () => SimulatedLimiter): Judgement =>
      judged({ profile, size: traffic, seed: 1, weather: calm, isEven: true }, limiter);
    const more = by(() => healthyLimiters[kind](limit + 1, windowMs, limit + 1, 370));
    assert.equal(more.status, 'fail', told(more));
    const right = by(() => healthy(kind, traffic));
    assert.equal(right.status, 'pass', told(right));
  }
});

test('a span of a clock that lags is shown shorter or longer by a tick; all limits read one clock', () => {
  const times = [0, 490];
  const ledger = ledgerOf(times.map((atMs) => ({ atMs, tookMs: 1, outcome: 'accepted' as const })));
  const all = Uint32Array.of(0, 1);
  const most = (lagUs: number): number => surelyWithin(ledger, all, 500, { above: -1, lagUs })[0]?.count ?? 0;
  assert.deepEqual([most(0), most(16_000)], [2, 1]);
  const sends = Float64Array.of(0, 510_000);
  const ends = Float64Array.of(1000, 511_000);
  assert.deepEqual([possiblyWithin(sends, ends, 500), possiblyWithin(sends, ends, 500, 16_000)], [1, 2]);
  const { limiter } = withTick(profileOf('sliding', size), 16);
  if (limiter.kind === 'none') throw new Error('there is no limiter');
  const further = [{ kind: 'fixed', limit: 100, windowMs: 60_000, burst: null, scope: 'webhook' }] as const;
  assert.deepEqual(
    limitsOf({ ...limiter, further }).map(({ clockTickMs }) => clockTickMs),
    [16, 16],
  );
});
