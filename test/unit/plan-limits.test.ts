import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { atOnce, signalLimit, windowMs } from '../../contract/plan/limits.ts';
import type { Plan } from '../../contract/plan/plan.ts';
import { planOf, problemsOfPlan } from '../../contract/plan/plan-of.ts';
import { defaultScenarios } from '../../contract/plan/scenarios.ts';
import { withinTime } from '../../contract/plan/within-time.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { type PlannedSend, plannedSends } from '../fixtures/planned-sends.ts';
import { anyLimiter, byWebhook, limitedBy, phaseOf, profile, scheduleOf, sizesWith } from './plan-cases.ts';
import '../fixtures/seed.ts';

const sizes = sizesWith();

/** The most of these sorted times that lie within one window; what goes out at its very end is in the next one. */
function maxWithin(timesMs: readonly number[], spanMs: number): number {
  let max = 0;
  let oldest = 0;
  timesMs.forEach((atMs, n) => {
    while ((timesMs[oldest] ?? 0) <= atMs - spanMs + 0.001) oldest += 1;
    max = Math.max(max, n - oldest + 1);
  });
  return max;
}

/** Load goes beyond the limit in these alone, and is meant to. */
const challenges: readonly string[] = ['hft.rapid', 'limiter.initial-burst', 'burst.identical'];

/**
 * Under a limiter too slow for a signal and its repeats, those that are recognized before the limiter do not count: they lie
 * within the TTL.
 */
function isUncounted({ phase, isFirst, sinceFirstMs }: PlannedSend, target: TargetProfile): boolean {
  const { schedule, signals } = phase;
  // Another webhook counts a repeat as a first signal.
  if (signals.some(({ variant }) => variant === 'webhook')) return false;
  const atMost = Math.min(signalLimit(target), atOnce(target));
  if (schedule.kind === 'redelivery') return !isFirst && schedule.soonMs === 0 && atMost < 1 + usualAttempts;
  if (schedule.kind !== 'repeats' || schedule.minGapMs > 0 || isFirst) return false;
  const requests = 1 + schedule.gapsTtl.length;
  return sinceFirstMs < schedule.ttlMs && atMost < requests;
}

/** Of redelivery, after the first. */
const usualAttempts = 4;

function maxLoadWithinWindow(plan: Plan, target: TargetProfile): number {
  const load = plannedSends(plan).filter(
    (send) => send.phase.purpose === 'load' && !challenges.includes(send.phase.role) && !isUncounted(send, target),
  );
  return byWebhook(load).reduce(
    (max, sends) =>
      Math.max(
        max,
        maxWithin(
          sends.map(({ atMs }) => atMs),
          windowMs(target),
        ),
      ),
    0,
  );
}

describe('load stays within the limit', () => {
  test('in any window, whatever the limit, its scope and what is given', () => {
    fc.assert(
      fc.property(
        anyLimiter,
        fc.integer({ min: 500, max: 5_000 }),
        fc.constantFrom(0, 1, 3),
        fc.constantFrom(...defaultScenarios),
        (limiter, ttl, given, name) => {
          const target = limitedBy(limiter, ttl);
          if (signalLimit(target) < 1) return;
          const max = maxLoadWithinWindow(planOf(name, { ...sizes, IDEMPOTENCY_KEYS: 6 }, target, given), target);
          assert.ok(max <= limiter.limit, `${max} within a window of ${name}`);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('one per window, with repeats that go to the next webhook', () => {
    for (const [window, ttl] of [
      [101, 500],
      [500, 4_000],
      [1000, 1000],
    ] as const) {
      for (const given of [0, 2, 3]) {
        const target = limitedBy({ limit: 1, windowMs: window }, ttl);
        const max = maxLoadWithinWindow(planOf('idempotency', sizes, target, given), target);
        assert.equal(max, 1, `1 per ${window} ms, ${given} given`);
      }
    }
  });

  for (const [limit, window, rate] of [
    [5, 10_000, 0.4],
    [15, 180_000, 12 / 180],
    [10, 1000, 8],
  ] as const) {
    test(`${limit} per ${window} ms on one webhook is ${rate.toFixed(3)} per second`, () => {
      const plan = planOf('sustained', sizes, limitedBy({ limit, windowMs: window }), 1);
      const { rate: signals, perMs } = scheduleOf(plan, 'load.sustained', 'rate');
      assert.ok(Math.abs((signals * 1000) / perMs - rate) < 1e-9, `${signals} per ${perMs} ms`);
    });
  }

  test('a limit of 10,000 per second does not make the load grow with it, and the plan says so', () => {
    const plan = planOf('sustained', sizes, limitedBy({ limit: 10_000 }), 0);
    const { rate, perMs } = scheduleOf(plan, 'load.sustained', 'rate');
    assert.deepEqual([rate, perMs], [1000, 1000]);
    assert.match(plan.notes.join(), /80000 signals per second; MAX_RATE keeps the load at 1000/);
  });

  test('without a limiter one given webhook takes at most ten seconds longer than created ones', () => {
    const none: TargetProfile = { ...profile, limiter: { kind: 'none' } };
    for (const name of defaultScenarios) {
      const [one, ten] = [1, 0].map((given) => planOf(name, sizes, none, given).estimatedMs);
      assert.ok((one ?? 0) <= (ten ?? 0) + 10_000, `${name}: ${one} ms on one webhook, ${ten} ms on created ones`);
    }
  });
});

describe('a slow limiter does not stretch a scenario beyond MAX_SCENARIO_SECONDS', () => {
  test('whatever the limit, its scope and what is given', () => {
    fc.assert(
      fc.property(
        anyLimiter,
        fc.constantFrom(0, 1, 3),
        fc.constantFrom(...defaultScenarios),
        fc.constantFrom(60, 600),
        (limiter, given, name, seconds) => {
          const plan = planOf(name, sizesWith({ MAX_SCENARIO_SECONDS: String(seconds) }), limitedBy(limiter), given);
          const [first, ...others] = plan.phases;
          const withoutLimiter = planOf(name, sizes, { ...profile, limiter: { kind: 'none' } }, 0);
          // Whole milliseconds are added up.
          const maxMs = Math.max(seconds * 1000 + 20, 1.5 * withoutLimiter.estimatedMs);
          assert.ok(first !== undefined);
          assert.ok(plan.estimatedMs <= maxMs || others.length === 0, `${name}: ${plan.estimatedMs} ms`);
        },
      ),
      { numRuns: 100 },
    );
  });

  test('what is left out is said, and so is what stays inconclusive', () => {
    const slow = limitedBy({ limit: 15, windowMs: 180_000 });
    const { notes, phases } = planOf('hft', sizes, slow, 1);
    assert.match(
      notes.join('\n'),
      /the limiter would stretch this scenario to \d+ s.*HFT_SIGNALS is 20 instead of 100/,
    );
    assert.match(notes.join('\n'), /success of legitimate requests will be inconclusive, unless other scenarios/);
    assert.ok(phases.length > 0);
  });

  test('a note that tells a size falls away with the reduction of that size, whatever its words', () => {
    const { notes } = withinTime(
      sizesWith({ HFT_SIGNALS: '100', MAX_SCENARIO_SECONDS: '60' }),
      ({ HFT_SIGNALS }, { isUnlimited = false } = {}) => ({
        scenario: 'hft',
        webhooks: 1,
        estimatedMs: isUnlimited ? 0 : HFT_SIGNALS * 1000,
        phases: [],
        notes: [
          { text: 'of the reduced size', sizes: ['MAX_RATE', 'HFT_SIGNALS'] },
          { text: 'of another size', sizes: ['MAX_RATE'] },
          { text: `of a plan with ${HFT_SIGNALS}` },
        ],
      }),
      { profile: limitedBy({}), given: 1, leftOutFirst: [] },
    );
    assert.deepEqual(notes.slice(0, 2), ['of another size', 'of a plan with 60']);
    assert.match(notes[2] ?? '', /HFT_SIGNALS is 60 instead of 100/);
  });

  test('what MAX_RATE keeps the load at is told of a reduced plan if it has that load, and of no other', () => {
    const capped = (name: 'hft' | 'rate-limit', windowMs: number): boolean => {
      const plan = planOf(name, sizesWith({ MAX_SCENARIO_SECONDS: '60' }), limitedBy({ limit: 30_000, windowMs }), 5);
      assert.match(plan.notes.join(), /would stretch this scenario/);
      const isPaced = plan.phases.some(({ schedule, purpose }) => schedule.kind === 'rate' && purpose === 'load');
      assert.equal(/MAX_RATE keeps the load/.test(plan.notes.join()), isPaced);
      return isPaced;
    };
    assert.deepEqual([capped('rate-limit', 10_000), capped('hft', 60_000)], [true, false]);
  });

  test('a longer time that is asked for by a size itself is kept', () => {
    const day = planOf('sustained', sizesWith({ SUSTAINED_SECONDS: '86400' }), limitedBy({}), 1);
    assert.ok(day.estimatedMs > 86_000_000);
    assert.deepEqual(day.notes, []);
  });
});

test('a plan says before the run what health checks and waiting leave undecided', () => {
  const notesOf = (limiter: Parameters<typeof limitedBy>[0]) =>
    planOf('rate-limit', sizes, limitedBy(limiter), 1).notes.join('\n');
  const strict = { kind: 'token-bucket', burst: 1 } as const;
  assert.match(
    notesOf({ ...strict, scope: 'client' }),
    /use all of it: 4 per second.* success .* will be inconclusive/,
  );
  assert.doesNotMatch(notesOf(strict), /health checks/);
  const slow = { kind: 'delaying', limit: 100, windowMs: 60_000, burst: 100 } as const;
  assert.match(notesOf(slow), /wait for up to 60 s, longer than REQUEST_TIMEOUT_MS=10000/);
  assert.doesNotMatch(notesOf({ ...slow, burst: 5 }), /wait for/);
});

test('a repeat within the TTL is sent under a limiter that is slower, if it is recognized before the limiter', () => {
  const slow = limitedBy({ limit: 1, windowMs: 1000 });
  const gaps = (target: TargetProfile) =>
    planOf('idempotency', sizes, target, 1).phases.filter(({ role }) => role === 'idempotency.gap').length;
  assert.equal(gaps(slow), 6);
  const counted = { ...slow, idempotency: { ...slow.idempotency, order: 'after-limiter' } } as TargetProfile;
  assert.equal(gaps(counted), 3);
});

test('a plan with more signals than ids that are numbers can hold is a problem before anything is sent', () => {
  const numbers: TargetProfile = {
    ...profile,
    request: { ...profile.request, body: { number: '{n}' } },
    limiter: { kind: 'none' },
  };
  const long = sizesWith({ SUSTAINED_SECONDS: '200000' });
  assert.match(
    problemsOfPlan(planOf('sustained', long, numbers, 0), numbers).join(),
    /sustained needs 16000000 signals in its phase sustained, and ids that are numbers .* hold 8388608/,
  );
  assert.deepEqual(problemsOfPlan(planOf('sustained', long, profile, 0), profile), []);
  assert.deepEqual(problemsOfPlan(planOf('sustained', sizes, numbers, 0), numbers), []);
});

test('each scenario sends enough that must be admitted, on one given webhook and under a shared count, too', () => {
  const few = limitedBy({ limit: 5, windowMs: 10_000 });
  assert.ok(phaseOf(planOf('sustained', sizes, few, 1), 'load.sustained').requests.min > 110);
  const shared = limitedBy({ limit: 100, windowMs: 10_000, scope: 'client' });
  assert.ok(phaseOf(planOf('burst', sizes, shared, 0), 'load.paced').requests.min >= 110);
});
