import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { boundaryAt } from '../../contract/plan/boundary-probe.ts';
import { concurrencyPlan } from '../../contract/plan/concurrency.ts';
import { estimateSeconds } from '../../contract/plan/estimate.ts';
import { idempotencyPlan } from '../../contract/plan/idempotency.ts';
import { limitOf, phases, roundGapMs, windowMs } from '../../contract/plan/plan.ts';
import { rateLimitPlan } from '../../contract/plan/rate-limit.ts';
import { scenarioNames } from '../../contract/plan/scenarios.ts';
import { sizesFromSettings } from '../../contract/plan/sizes.ts';
import { shareOf, stepAt } from '../../contract/plan/timetable.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { anyGiven, anyProfile, byWebhook, declared, profile, steps } from './plan-cases.ts';

const { sizes } = sizesFromSettings({});
/** Nearest two of these times, in milliseconds. */
function minDistance(timesMs: readonly number[]): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  return Math.min(...sorted.slice(1).map((atMs, n) => atMs - (sorted[n] ?? 0)));
}

describe('timetables', () => {
  test('a VU group is free when its turn comes, and shares leave nothing out', () => {
    fc.assert(
      fc.property(anyProfile, anyGiven, (target, given) => {
        const { repeats, together, quota } = idempotencyPlan(sizes, target, given);
        for (const table of [...repeats, together, ...(quota === null ? [] : [quota])]) {
          const last = stepAt(table, table.steps - 1).atMs;
          const stepMs = table.endMs - last;
          assert.ok(table.groups * table.everyMs >= stepMs || table.groups === table.steps, JSON.stringify(table));
        }
      }),
    );
    const shares = Array.from({ length: 7 }, (_, member) => shareOf(member, 7, 30)).flat();
    assert.deepEqual(
      shares.toSorted((a, b) => a - b),
      Array.from({ length: 30 }, (_, n) => n),
    );
  });
});

describe('rate-limit', () => {
  const plan = rateLimitPlan(sizes, profile, 0);

  test('side by side, the webhooks are those that analysis and documentation name', () => {
    assert.equal(plan.webhooks, 27);
    assert.equal(plan.recovery.firstWebhook, 1);
    assert.deepEqual(Object.fromEntries(plan.steady.map(({ phase, webhook }) => [phase, webhook])), {
      [phases.probeDouble]: 2,
      [phases.probeLegitimate]: 3,
      [phases.probeNoisy]: 4,
      [phases.probeQuiet]: 5,
    });
    assert.equal(plan.forwarded.firstWebhook, 6);
    assert.deepEqual(
      [...new Set(steps(plan.bursts).map(({ webhook }) => webhook))],
      [7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
    );
    assert.equal(plan.boundary.firstWebhook, 17);
  });

  test('a burst every 130 ms, each webhook more than a window after its last', () => {
    assert.equal(plan.bursts.steps, 80);
    assert.equal(plan.bursts.signals, 30);
    assert.equal(plan.bursts.vusPerGroup, 30);
    assert.equal(minDistance(steps(plan.bursts).map(({ atMs }) => atMs)), 130);
  });

  test('bursts on one webhook never share a window, on whatever is given', () => {
    fc.assert(
      fc.property(anyProfile, anyGiven, (target, given) => {
        const { bursts } = rateLimitPlan(sizes, target, given);
        for (const times of byWebhook(steps(bursts))) {
          assert.ok(minDistance(times.map(({ atMs }) => atMs)) >= windowMs(target) * 1.25);
        }
        assert.ok(bursts.signals > limitOf(target));
      }),
    );
  });

  test('a bucket larger than its limit is emptied by each burst, and full again before the next', () => {
    const bucket: TargetProfile = {
      ...profile,
      limiter: { kind: 'token-bucket', limit: 10, windowMs: 1000, burst: 50, scope: 'webhook', retryAfter: true },
    };
    const { bursts, recovery } = rateLimitPlan(sizes, bucket, 0);
    assert.ok(bursts.signals > 50 && recovery.signals > 50);
    for (const times of byWebhook(steps(bursts))) assert.ok(minDistance(times.map(({ atMs }) => atMs)) > 5000);
  });

  test('straddled phases spread over the window, one at its boundary, each webhook 2.2 windows apart', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 3, 27),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 100, max: 60_000 }),
        fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
        (given, count, window, readyAtMs) => {
          const { boundary } = rateLimitPlan(
            { ...sizes, RATE_LIMIT_OFFSETS: count },
            declared(10, window, 1000),
            given,
          );
          const all = Array.from({ length: boundary.steps }, (_, n) => boundaryAt(boundary, readyAtMs, n) ?? []).flat();
          assert.deepEqual(
            all.map(({ phase }) => phase).toSorted((a, b) => a - b),
            Array.from({ length: count }, (_, n) => n),
          );
          for (const { atMs, phase } of all) {
            const offMs = Math.abs((atMs % window) - (phase / count) * window);
            assert.ok(Math.min(offMs, window - offMs) < 0.01, `phase ${phase} is off by ${offMs} ms`);
            assert.ok(atMs - window >= readyAtMs + boundary.startMs + 1000);
            assert.ok(atMs + boundary.halfGapMs <= readyAtMs + boundary.endMs);
          }
          for (const times of byWebhook(all)) {
            assert.ok(minDistance(times.map(({ atMs }) => atMs)) >= 2.2 * window);
          }
          // Any boundary of the server's windows has signals on both sides in some phase.
          assert.ok(count < 10 || 2 * boundary.halfGapMs >= window / count);
        },
      ),
    );
    assert.ok(plan.boundary.halfGapMs <= 50);
  });

  for (const [what, target, given] of [
    ['one webhook', profile, 1],
    ['several webhooks, but fewer than probes', profile, 5],
    ['webhooks that share one count', declared(10, 1000, 1000, 'client'), 0],
  ] as const) {
    test(`on ${what} the probes run one after the other, with a window of quiet between`, () => {
      const one = rateLimitPlan(sizes, target, given);
      const groups = [one.recovery, one.forwarded, one.boundary, one.bursts, ...one.steady.slice(0, 2)];
      groups.forEach((probe, n) => {
        const before = groups[n - 1];
        if (before !== undefined) assert.ok(probe.startMs >= before.endMs + windowMs(target), probe.phase);
      });
      assert.equal(one.webhooks, given === 5 ? 5 : 1);
      assert.deepEqual(
        one.steady.slice(2).map(({ phase, webhook }) => [phase, webhook]),
        given === 5
          ? [
              [phases.probeNoisy, 0],
              [phases.probeQuiet, 1],
            ]
          : [],
      );
    });
  }
});

describe('concurrency', () => {
  test('the same number of VUs on shared webhooks and apart, in turn', () => {
    const { together, apart, webhooks } = concurrencyPlan(sizes, profile, 0);
    assert.ok(apart !== null);
    assert.equal(together.vusPerGroup, 40);
    assert.equal(apart.webhooks, apart.vusPerGroup);
    assert.equal(apart.vusPerGroup, 40);
    assert.equal(apart.firstWebhook, 5);
    assert.equal(webhooks, 45);
    assert.equal(apart.firstMs - together.firstMs, roundGapMs(profile) / 2);
  });

  test('given webhooks are shared first and then used apart', () => {
    const { together, apart, webhooks } = concurrencyPlan(sizes, profile, 3);
    assert.equal(webhooks, 3);
    assert.equal(together.vusPerGroup, 24);
    assert.ok(apart !== null && apart.firstMs >= together.endMs && apart.vusPerGroup === 3);
    assert.equal(concurrencyPlan(sizes, profile, 1).apart, null);
  });
});

test('no scenario takes long in its default size, and fewer webhooks never take less', () => {
  for (const name of scenarioNames) {
    const created = estimateSeconds(name, sizes, profile, 0);
    assert.ok(created <= (name === 'memory-leak' ? 45 : name === 'sustained' ? 30 : 16), `${name}: ${created} s`);
    assert.ok(estimateSeconds(name, sizes, profile, 2) >= created, name);
  }
});
