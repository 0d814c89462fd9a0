import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { boundaryAt } from '../../contract/plan/boundary-probe.ts';
import { isFalseAtFirst } from '../../contract/plan/flaws.ts';
import { flawOfSignal, forgedSignalsOf } from '../../contract/plan/forged-steps.ts';
import { capacity, roundGapMs, signalLimit, windowMs } from '../../contract/plan/limits.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import { cutOf, pauseOf, redeliveryTimes } from '../../contract/plan/redelivery-times.ts';
import type { Role } from '../../contract/plan/roles.ts';
import { defaultScenarios } from '../../contract/plan/scenarios.ts';
import { shareOf, stepAt } from '../../contract/plan/timetable.ts';
import { keyLifeOf } from '../../contract/profile/key-life.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { plannedSends } from '../fixtures/planned-sends.ts';
import { anyGiven, anyProfile, byWebhook, limitedBy, phaseOf, profile, scheduleOf, sizesWith } from './plan-cases.ts';
import '../fixtures/seed.ts';

const sizes = sizesWith();
const thorough = sizesWith({ SIZE: 'thorough' });
/** For what a slow limiter would otherwise leave out. */
const unbounded = { ...sizes, MAX_SCENARIO_SECONDS: Number.POSITIVE_INFINITY };

/** Nearest two of these times, in milliseconds. */
function minDistance(timesMs: readonly number[]): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  return Math.min(...sorted.slice(1).map((atMs, n) => atMs - (sorted[n] ?? 0)));
}

describe('every plan', () => {
  test('sends as many requests as it says, and each signal id stands for one signal', () => {
    fc.assert(
      fc.property(anyProfile, anyGiven, fc.constantFrom(...defaultScenarios), (target, given, name) => {
        const plan = planOf(name, sizes, target, given);
        const ids = new Map<string, string>();
        const sends = plannedSends(plan);
        for (const phase of plan.phases) {
          const sent = sends.filter((send) => send.phase === phase);
          const polls = phase.schedule.kind === 'poll' ? phase.schedule.steps : 0;
          assert.equal(sent.length + polls, phase.requests.min, phase.name);
          assert.ok(phase.endMs > phase.startMs && phase.endMs <= plan.estimatedMs);
        }
        for (const { code, n, phase, isFirst, webhook } of sends) {
          assert.ok(webhook >= 0 && webhook < plan.webhooks, `${phase.name} uses webhook ${webhook}`);
          const id = `${code}${n}`;
          assert.ok(!isFirst || !ids.has(id), `${id} is in ${ids.get(id)} and in ${phase.name}`);
          ids.set(id, phase.name);
          const known = phase.signals.some((own) => own.code === code && n >= own.first && n < own.first + own.count);
          assert.ok(known, `${phase.name} does not plan signal ${id}`);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('is the same each time, and the same as JSON', () => {
    for (const name of defaultScenarios) {
      const plan = planOf(name, sizes, profile, 0);
      assert.deepEqual(planOf(name, sizes, profile, 0), plan);
      assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
    }
  });

  test('has phases of different names', () => {
    for (const name of defaultScenarios) {
      const names = planOf(name, thorough, profile, 0).phases.map((phase) => phase.name);
      assert.equal(new Set(names).size, names.length, names.join(', '));
    }
  });

  test('rests between cycles for as long as the profile allows an answer to take', () => {
    const { criteria } = profile;
    const slow = { ...profile, criteria: { ...criteria, anyResponse: { warnMs: 5000, failMs: 6000 } } };
    const long = { ...profile, criteria: { ...criteria, anyResponse: { warnMs: 5000, failMs: 60_000 } } };
    const waits = { burst: 50, limit: 10, windowMs: 1000 };
    const delaying = limitedBy({ kind: 'delaying', ...waits });
    for (const name of ['memory-leak', 'soak'] as const) {
      const restMs = (target: TargetProfile) => {
        const [first, second] = planOf(name, sizes, target, 0).phases;
        assert.ok(first?.schedule.kind === 'rate' && second !== undefined);
        return second.startMs - first.startMs - (first.schedule.count * first.schedule.perMs) / first.schedule.rate;
      };
      assert.ok(restMs(slow) >= 6500, `${name}: ${restMs(slow)} ms`);
      assert.ok(restMs(long) >= 10_500, `${name}: the request has timed out by then, ${restMs(long)} ms`);
      assert.ok(restMs(delaying) >= 5500, `${name}: the limiter keeps requests waiting, ${restMs(delaying)} ms`);
      if (name === 'memory-leak') assert.ok(restMs(profile) < 3500, `${restMs(profile)} ms`);
    }
  });

  test('is short in its default size, and fewer webhooks never make it shorter', () => {
    for (const name of defaultScenarios) {
      const created = planOf(name, sizes, profile, 0).estimatedMs / 1000;
      assert.ok(created <= (name === 'memory-leak' ? 45 : name === 'sustained' ? 30.1 : 17), `${name}: ${created} s`);
      assert.ok(planOf(name, sizes, profile, 2).estimatedMs / 1000 >= created, name);
    }
  });
});

test('steps: a VU group is free when its turn comes, and shares leave nothing out', () => {
  fc.assert(
    fc.property(anyProfile, anyGiven, (target, given) => {
      for (const { schedule, endMs, name } of planOf('idempotency', sizes, target, given).phases) {
        if (!('everyMs' in schedule)) continue;
        const stepMs = endMs - stepAt(schedule, schedule.steps - 1).atMs;
        assert.ok(schedule.groups * schedule.everyMs >= stepMs || schedule.groups === schedule.steps, name);
      }
    }),
  );
  const shares = Array.from({ length: 7 }, (_, member) => shareOf(member, 7, 30)).flat();
  assert.deepEqual(
    shares.toSorted((a, b) => a - b),
    Array.from({ length: 30 }, (_, n) => n),
  );
});

describe('rate-limit', () => {
  const plan = planOf('rate-limit', sizes, profile, 0);

  test('side by side, each probe has webhooks of its own', () => {
    assert.equal(plan.webhooks, 27);
    const used = (role: Role) =>
      [...new Set(plannedSends(plan).flatMap((send) => (send.phase.role === role ? [send.webhook] : [])))].toSorted(
        (a, b) => a - b,
      );
    assert.deepEqual(
      (['initial-burst', 'recovery', 'double', 'legitimate', 'noisy', 'quiet', 'forwarded'] as const).map((role) =>
        used(`limiter.${role}`),
      ),
      [[0], [1], [2], [3], [4], [5], [6]],
    );
    assert.deepEqual(used('limiter.bursts'), [7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    assert.deepEqual(used('limiter.boundary'), [17, 18, 19, 20, 21, 22, 23, 24, 25, 26]);
  });

  test('a burst every 130 ms, each webhook more than a window after its last', () => {
    const bursts = scheduleOf(plan, 'limiter.bursts', 'burst');
    assert.deepEqual([bursts.steps, bursts.atOnce, bursts.vusPerGroup, bursts.everyMs], [80, 30, 30, 130]);
  });

  test('bursts on one webhook never share a window, on whatever is given', () => {
    fc.assert(
      fc.property(anyProfile, anyGiven, (target, given) => {
        const bursts = scheduleOf(planOf('rate-limit', unbounded, target, given), 'limiter.bursts', 'burst');
        const steps = Array.from({ length: bursts.steps }, (_, n) => stepAt(bursts, n));
        for (const times of byWebhook(steps)) {
          assert.ok(minDistance(times.map(({ atMs }) => atMs)) >= windowMs(target) * 1.25);
        }
        assert.ok(target.limiter.kind !== 'none' && bursts.atOnce > capacity(target));
      }),
    );
  });

  test('a bucket larger than its limit is emptied by each burst, and full again before the next', () => {
    const bucket = limitedBy({ kind: 'token-bucket', burst: 50 });
    const made = planOf('rate-limit', sizes, bucket, 0);
    const bursts = scheduleOf(made, 'limiter.bursts', 'burst');
    assert.ok(bursts.atOnce > 50 && scheduleOf(made, 'limiter.recovery', 'poll').atOnce > 50);
    assert.ok(bursts.everyMs * bursts.webhooks > 5000);
  });

  test('boundary offsets spread over the window, one at its boundary, each webhook 2.2 windows apart', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 3, 27),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 100, max: 60_000 }),
        fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
        (given, wanted, window, readyAtMs) => {
          const size = { ...unbounded, RATE_LIMIT_OFFSETS: wanted };
          const made = planOf('rate-limit', size, limitedBy({ windowMs: window }), given);
          const { startMs, endMs } = phaseOf(made, 'limiter.boundary');
          const boundary = scheduleOf(made, 'limiter.boundary', 'boundary');
          const count = boundary.offsets;
          assert.ok(count <= wanted && count >= Math.min(5, wanted));
          const all = Array.from({ length: boundary.steps }, (_, n) => boundaryAt(boundary, readyAtMs, n) ?? []).flat();
          assert.deepEqual(
            all.map(({ offset }) => offset).toSorted((a, b) => a - b),
            Array.from({ length: count }, (_, n) => n),
          );
          for (const { atMs, offset } of all) {
            const offMs = Math.abs((atMs % window) - (offset / count) * window);
            assert.ok(Math.min(offMs, window - offMs) < 0.01, `offset ${offset} is off by ${offMs} ms`);
            assert.ok(atMs - window >= readyAtMs + startMs + 1000);
            assert.ok(atMs + boundary.halfGapMs <= readyAtMs + endMs);
          }
          for (const times of byWebhook(all)) {
            assert.ok(minDistance(times.map(({ atMs }) => atMs)) >= 2.2 * window);
          }
          // Any boundary of the server's windows has signals on both sides at some offset.
          assert.ok(count < 10 || 2 * boundary.halfGapMs >= window / count);
        },
      ),
    );
  });

  for (const [what, target, given] of [
    ['one webhook', profile, 1],
    ['several webhooks, but fewer than probes', profile, 5],
    ['webhooks that share one count', limitedBy({ scope: 'client' }), 0],
  ] as const) {
    test(`on ${what} the probes run one after the other, with a window of quiet between`, () => {
      const made = planOf('rate-limit', sizes, target, given);
      const ends = new Map<string, number>();
      const starts = new Map<string, number>();
      for (const { phase, atMs } of plannedSends(made)) {
        starts.set(phase.name, Math.min(starts.get(phase.name) ?? atMs, atMs));
        ends.set(phase.name, Math.max(phase.endMs, atMs));
      }
      const inTurn = made.phases.filter(({ role }) => role !== 'limiter.noisy' && role !== 'limiter.quiet');
      inTurn.forEach(({ name }, n) => {
        const before = inTurn[n - 1];
        if (before === undefined) return;
        const quietMs = (starts.get(name) ?? 0) - (ends.get(before.name) ?? 0);
        assert.ok(quietMs >= windowMs(target), `${name} begins ${quietMs} ms after ${before.name}`);
      });
      assert.equal(made.webhooks, given === 5 ? 5 : 1);
      assert.equal(
        made.phases.some(({ role }) => role === 'limiter.noisy'),
        given === 5,
      );
    });
  }
});

describe('concurrency', () => {
  test('the same number of VUs on shared webhooks and apart, in turn', () => {
    const plan = planOf('concurrency', sizes, profile, 0);
    const shared = scheduleOf(plan, 'concurrency.shared', 'rounds');
    const apart = scheduleOf(plan, 'concurrency.apart', 'rounds');
    assert.deepEqual([shared.vusPerGroup, shared.webhooks, shared.firstWebhook], [40, 5, 0]);
    assert.deepEqual([apart.vusPerGroup, apart.webhooks, apart.firstWebhook], [40, 40, 5]);
    assert.equal(plan.webhooks, 45);
    assert.equal(apart.firstMs - shared.firstMs, roundGapMs(profile) / 2);
  });

  test('given webhooks are shared first and then used apart', () => {
    const plan = planOf('concurrency', sizes, profile, 3);
    const apart = scheduleOf(plan, 'concurrency.apart', 'rounds');
    assert.equal(scheduleOf(plan, 'concurrency.shared', 'rounds').vusPerGroup, 24);
    assert.ok(apart.firstMs >= phaseOf(plan, 'concurrency.shared').endMs && apart.vusPerGroup === 3);
    assert.ok(planOf('concurrency', sizes, profile, 1).phases.every(({ role }) => role !== 'concurrency.apart'));
  });
});

describe('idempotency', () => {
  test('phases that run at the same time have webhooks of their own', () => {
    const plan = planOf('idempotency', sizes, profile, 0);
    const [forged] = plan.phases.filter(({ role }) => role === 'authentication.forged');
    const others = plan.phases.filter((phase) => phase !== forged);
    const ranges = others.flatMap(({ schedule }) =>
      'everyMs' in schedule ? Array.from({ length: schedule.webhooks }, (_, n) => schedule.firstWebhook + n) : [],
    );
    assert.equal(new Set(ranges).size, ranges.length);
    // Last of all, and apart: a target may lock out who sent false signals.
    assert.ok(forged?.schedule.kind === 'forged');
    const { firstMs, firstWebhook, webhooks } = forged.schedule;
    assert.ok(others.every(({ endMs }) => endMs <= firstMs));
    assert.equal(Math.max(...ranges) + 1, firstWebhook);
    assert.equal(plan.webhooks, firstWebhook + webhooks);
  });

  test('false signals have each flaw equally often, within the limit even if what is refused counts', () => {
    fc.assert(
      fc.property(anyProfile, anyGiven, fc.integer({ min: 1, max: 9 }), (target, given, each) => {
        const plan = planOf('idempotency', sizesWith({ AUTHENTICATION_SIGNALS: String(each) }), target, given);
        const forged = plan.phases.find(({ role }) => role === 'authentication.forged');
        if (forged === undefined) {
          assert.ok(target.secret.in === 'none' || plan.notes.length > 0);
          return;
        }
        assert.ok(forged.schedule.kind === 'forged');
        const { flaws, everyMs, webhooks, firstMs, corrected = [] } = forged.schedule;
        const count = forgedSignalsOf(forged.schedule);
        assert.ok(plan.phases.every((phase) => phase === forged || phase.endMs <= firstMs));
        assert.equal(count % flaws.length, 0);
        assert.equal(new Set(corrected).size, corrected.length);
        for (const [at, n] of corrected.entries()) {
          assert.ok(n < count && isFalseAtFirst(flawOfSignal(forged.schedule, n)));
          assert.equal((count + at - n) % webhooks, 0, 'it goes to the webhook that it went to at first');
        }
        assert.deepEqual(flaws.slice(0, 3), ['wrong', 'missing', 'other-secret']);
        assert.equal(flaws.at(-1), 'none');
        if (target.limiter.kind === 'none') return;
        const perWindow = target.limiter.windowMs / (everyMs * webhooks);
        assert.ok(perWindow <= target.limiter.limit, `${perWindow} per window`);
      }),
    );
  });

  test('a quota step lies within one window and one TTL, and goes beyond the limit only by its repeats', () => {
    fc.assert(
      fc.property(anyProfile, anyGiven, (target, given) => {
        const { phases } = planOf('idempotency', sizes, target, given);
        const quota = phases.map(({ schedule }) => schedule).find((schedule) => schedule.kind === 'quota');
        if (quota === undefined) return;
        const ttl = target.idempotency.kind === 'ttl' ? keyLifeOf(target.idempotency).minMs : 0;
        assert.ok(4 * quota.partMs <= Math.min(windowMs(target), ttl) + 2);
        assert.ok(quota.distinct < signalLimit(target) && quota.repeats > quota.distinct);
      }),
    );
  });

  const changed = {
    ...profile,
    idempotency: { ...limitedBy({}).idempotency, fields: ['signal_id', 'price'] },
  } as TargetProfile;
  const unrecognized = { ...profile, idempotency: { kind: 'none' } } as TargetProfile;
  for (const [what, target, present] of [
    ['the key is the id alone', builtInProfiles.generic, [true, true, false, true]],
    ['the key is id and ticker', profile, [true, true, true, true]],
    ['the price is part of the key', changed, [true, false, false, true]],
    ['nothing is recognized', unrecognized, [false, false, false, false]],
  ] as const) {
    test(`if ${what}, only phases that can tell something run`, () => {
      const roles = planOf('idempotency', sizes, target, 0).phases.map(({ role }) => role);
      const asked: readonly Role[] = [
        'idempotency.refresh',
        'idempotency.changed-payload',
        'idempotency.distinct-ticker',
        'idempotency.quota',
      ];
      assert.deepEqual(
        asked.map((role) => roles.includes(role)),
        present,
      );
    });
  }

  test('30,000 keys of the thorough size take some 75 seconds on 150 webhooks', () => {
    const plan = planOf('idempotency', thorough, profile, 0);
    const odds = scheduleOf(plan, 'idempotency.odds', 'copies');
    assert.equal(odds.webhooks, 150);
    assert.equal(odds.steps * odds.everyMs, 75_000);
    assert.equal(odds.vusPerGroup, 2);
  });
});

describe('redelivery', () => {
  test('by default each cut has its share of 60 signals, and every other round comes back at once', () => {
    const plan = planOf('redelivery', sizes, profile, 0);
    const schedule = scheduleOf(plan, 'redelivery.cut', 'redelivery');
    assert.deepEqual(schedule.cutsMs, [0, 2, 5, 20, 50, 100, null]);
    assert.deepEqual([schedule.steps, schedule.webhooks], [60, 10]);
    assert.deepEqual(phaseOf(plan, 'redelivery.cut').requests, { min: 60 + 52, max: 5 * 60 });
    assert.deepEqual(
      [0, 6, 7, 13, 14].map((n) => pauseOf(schedule, n, 1) === 0),
      [false, false, true, true, false],
    );
    assert.ok(plan.estimatedMs <= 15_000, `${plan.estimatedMs} ms`);
  });

  test('long TTLs have the pauses of senders, short ones the same in proportion', () => {
    assert.deepEqual(redeliveryTimes(limitedBy({}, 86_400_000)).pausesMs, [200, 500, 1000, 2000]);
    assert.deepEqual(redeliveryTimes(limitedBy({}, 1000)).pausesMs, [27, 67, 135, 270]);
  });

  test('on whatever is declared, attempts lie within the TTL or a note says that they cannot', () => {
    fc.assert(
      fc.property(anyProfile, anyGiven, (target, given) => {
        const plan = planOf('redelivery', unbounded, target, given);
        const schedule = scheduleOf(plan, 'redelivery.cut', 'redelivery');
        const ttl = target.idempotency.kind === 'ttl' ? keyLifeOf(target.idempotency).minMs : 0;
        const isWithin = plan.notes.every((note) => !/cannot be proven/.test(note));
        assert.ok(schedule.withinMs < ttl && schedule.pausesMs.length >= 1);
        for (let n = 0; n < 14; n += 1) {
          const cutMs = cutOf(schedule, n) ?? 0;
          assert.ok(!isWithin || cutMs + pauseOf(schedule, n, 1) <= schedule.withinMs, `signal ${n}`);
        }
      }),
    );
  });

  test('where the limiter counts repeats, both attempts of each signal stay within the limit', () => {
    fc.assert(
      fc.property(anyProfile, anyGiven, (target, given) => {
        const counting = { ...target, idempotency: { ...target.idempotency, order: 'after-limiter' } } as TargetProfile;
        const plan = planOf('redelivery', { ...unbounded, REDELIVERY_SIGNALS: 40, MIN_LEGITIMATE: 0 }, counting, given);
        const schedule = scheduleOf(plan, 'redelivery.cut', 'redelivery');
        const sends = Array.from({ length: schedule.steps }, (_, n) => {
          const { atMs, webhook } = stepAt(schedule, n);
          let at = atMs;
          return Array.from({ length: 2 }, (_, attempt) => {
            at += attempt === 0 ? 0 : (attempt === 1 ? (cutOf(schedule, n) ?? 0) : 0) + pauseOf(schedule, n, attempt);
            return { atMs: at, webhook };
          });
        }).flat();
        for (const own of byWebhook(sends)) {
          const times = own.map(({ atMs }) => atMs).toSorted((a, b) => a - b);
          times.forEach((fromMs, n) => {
            const inWindow = times.slice(n).filter((atMs) => atMs < fromMs + windowMs(counting)).length;
            assert.ok(inWindow <= Math.max(1, signalLimit(counting)), `${inWindow} within a window`);
          });
        }
      }),
    );
  });
});
