import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { legitimateIn } from '../../contract/plan/legitimate.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import { defaultScenarios } from '../../contract/plan/scenarios.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { plannedSends } from '../fixtures/planned-sends.ts';
import { seed } from '../fixtures/seed.ts';
import { byWebhook, limitedBy, sizesWith } from './plan-cases.ts';

// Plans under several limits at once, such as 10 per second and 100 per minute.

const sizes = sizesWith({ IDEMPOTENCY_KEYS: '6' });

/** Load goes beyond the first limit in these, and is meant to. */
const challenges: readonly string[] = ['hft.rapid', 'limiter.initial-burst', 'burst.identical'];

const anyFurther = fc.record({
  kind: fc.constantFrom('sliding' as const, 'fixed' as const, 'fixed-from-first-hit' as const),
  limit: fc.integer({ min: 20, max: 300 }),
  windowMs: fc.constantFrom(5_000, 10_000, 60_000),
  burst: fc.constant(null),
  scope: fc.constantFrom('webhook' as const, 'client' as const),
});
const anyCase = fc.record({
  further: fc.array(anyFurther, { minLength: 1, maxLength: 2 }),
  given: fc.constantFrom(0, 1, 3),
  scenario: fc.constantFrom(...defaultScenarios),
});

function maxWithin(timesMs: readonly number[], spanMs: number): number {
  let [max, oldest] = [0, 0];
  timesMs.forEach((atMs, n) => {
    while ((timesMs[oldest] ?? 0) <= atMs - spanMs + 0.001) oldest += 1;
    max = Math.max(max, n - oldest + 1);
  });
  return max;
}

const unasked = (limiter: Partial<DeclaredLimiter>) => ({
  ...limitedBy(limiter),
  monitoring: { health: null, redis: null, database: null, metrics: null, collect: null },
});

test('load stays within every limit, in any window, whatever is declared and given', (t) => {
  t.diagnostic(`seed ${seed}`);
  fc.assert(
    fc.property(anyCase, ({ further, given, scenario }) => {
      const target = unasked({ further });
      const load = plannedSends(planOf(scenario, sizes, target, given)).filter(
        ({ phase }) => phase.purpose === 'load' && !challenges.includes(phase.role),
      );
      for (const sends of byWebhook(load)) {
        const timesMs = sends.map(({ atMs }) => atMs);
        for (const { limit, windowMs } of [{ limit: 10, windowMs: 1000 }, ...further]) {
          const max = maxWithin(timesMs, windowMs);
          assert.ok(max <= limit, `${scenario}: ${max} within ${windowMs} ms, ${limit} are allowed`);
        }
      }
    }),
    { numRuns: 150, seed },
  );
});

test('on webhooks of its own each probe has room under 100 per minute, and one goes on until that is full', () => {
  const perMinute = { kind: 'sliding', limit: 100, windowMs: 60_000, burst: null, scope: 'webhook' } as const;
  const plan = planOf('rate-limit', sizesWith(), unasked({ further: [perMinute] }), 0);
  const without = planOf('rate-limit', sizesWith(), unasked({}), 0);
  assert.deepEqual(plan.phases.map(({ role }) => role).sort(), without.phases.map(({ role }) => role).sort());
  const { schedule } = plan.phases.find(({ role }) => role === 'limiter.legitimate') ?? {};
  assert.ok(schedule?.kind === 'rate' && schedule.count > 100 && schedule.count < 140, JSON.stringify(schedule));
  assert.ok(plan.estimatedMs < 120_000, `${plan.estimatedMs}`);
});

test('limits per minute and per hour alone are planned within MAX_SCENARIO_SECONDS, and enough must be admitted', () => {
  for (const [limit, windowMs] of [
    [100, 60_000],
    [1000, 3_600_000],
  ] as const) {
    const plan = planOf('rate-limit', sizesWith(), unasked({ limit, windowMs }), 0);
    assert.ok(plan.estimatedMs <= 600_000, `${limit}: ${plan.estimatedMs}`);
    const initial = plan.phases.find(({ role }) => role === 'limiter.initial-burst');
    assert.ok((initial?.requests.min ?? 0) > limit, `${limit}: ${initial?.requests.min}`);
    const target = unasked({ limit, windowMs });
    assert.ok(legitimateIn(plan.phases, target, 0) >= 100, `${limit}: ${plan.notes.join('\n')}`);
  }
});
