import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { concurrencyPlan } from '../contract/concurrency-plan.ts';
import { estimateSeconds } from '../contract/estimate.ts';
import { idempotencyPlan } from '../contract/idempotency-plan.ts';
import { limitOf, phases, roundGapMs, ttlMs, windowMs } from '../contract/plan.ts';
import type { TargetProfile } from '../contract/profile.ts';
import { rateLimitPlan } from '../contract/rate-limit-plan.ts';
import { scenarioNames } from '../contract/scenarios.ts';
import { type Sizes, sizesFromSettings } from '../contract/sizes.ts';
import { straddleAt } from '../contract/straddle.ts';
import { shareOf, stepAt, type Timetable } from '../contract/timetable.ts';
import { readyProfiles } from '../targets/ready.ts';

const { sizes } = sizesFromSettings({});
const { sizes: thorough } = sizesFromSettings({ SIZE: 'thorough' });
const profile = readyProfiles.embedded;
const steps = (table: Timetable) => Array.from({ length: table.steps }, (_, n) => stepAt(table, n));

/** The most of these times that lie within one span. */
function mostWithin(timesMs: readonly number[], spanMs: number): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  return Math.max(0, ...sorted.map((fromMs, n) => sorted.findLastIndex((atMs) => atMs < fromMs + spanMs) - n + 1));
}

/** Nearest two of these times, in milliseconds. */
function leastDistance(timesMs: readonly number[]): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  return Math.min(...sorted.slice(1).map((atMs, n) => atMs - (sorted[n] ?? 0)));
}

function byWebhook<T extends { readonly webhook: number }>(items: readonly T[]): readonly (readonly T[])[] {
  return [...new Set(items.map(({ webhook }) => webhook))].map((one) => items.filter(({ webhook }) => webhook === one));
}

const declared = (
  limit: number,
  window: number,
  ttl: number,
  scope: 'webhook' | 'client' = 'webhook',
): TargetProfile => ({
  ...profile,
  limiter: { kind: 'sliding', limit, windowMs: window, burst: null, scope, retryAfter: true },
  idempotency: {
    kind: 'ttl',
    ttlMs: ttl,
    order: 'before-limiter',
    fields: ['signal_id', 'ticker'],
    repeatRefreshes: false,
  },
});
const anyProfile = fc
  .record({
    limit: fc.integer({ min: 1, max: 200 }),
    window: fc.integer({ min: 100, max: 60_000 }),
    ttl: fc.integer({ min: 50, max: 60_000 }),
  })
  .map(({ limit, window, ttl }) => declared(limit, window, ttl));
const anyGiven = fc.integer({ min: 0, max: 60 });
const check = (property: Parameters<typeof fc.assert>[0]) => fc.assert(property);

describe('timetables', () => {
  test('a crew is free when its turn comes, and shares leave nothing out', () => {
    check(
      fc.property(anyProfile, anyGiven, (target, given) => {
        const { repeats, together, quota } = idempotencyPlan(sizes, target, given);
        for (const table of [...repeats, together, ...(quota === null ? [] : [quota])]) {
          const last = stepAt(table, table.steps - 1).atMs;
          const stepMs = table.endMs - last;
          assert.ok(table.crews * table.everyMs >= stepMs || table.crews === table.steps, JSON.stringify(table));
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
    assert.equal(plan.straddle.firstWebhook, 17);
  });

  test('a burst every 130 ms, each webhook more than a window after its last', () => {
    assert.equal(plan.bursts.steps, 80);
    assert.equal(plan.bursts.signals, 30);
    assert.equal(plan.bursts.crew, 30);
    assert.equal(leastDistance(steps(plan.bursts).map(({ atMs }) => atMs)), 130);
  });

  test('bursts on one webhook never share a window, on whatever is given', () => {
    check(
      fc.property(anyProfile, anyGiven, (target, given) => {
        const { bursts } = rateLimitPlan(sizes, target, given);
        for (const times of byWebhook(steps(bursts))) {
          assert.ok(leastDistance(times.map(({ atMs }) => atMs)) >= windowMs(target) * 1.25);
        }
        assert.ok(bursts.signals > limitOf(target));
      }),
    );
  });

  test('straddled phases spread over the window, one at its boundary, each webhook 2.2 windows apart', () => {
    check(
      fc.property(
        fc.constantFrom(0, 1, 3, 27),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: 100, max: 60_000 }),
        fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
        (given, count, window, readyAtMs) => {
          const { straddle } = rateLimitPlan({ ...sizes, RATE_LIMIT_PHASES: count }, declared(10, window, 1000), given);
          const all = Array.from({ length: straddle.steps }, (_, n) => straddleAt(straddle, readyAtMs, n) ?? []).flat();
          assert.deepEqual(
            all.map(({ phase }) => phase).toSorted((a, b) => a - b),
            Array.from({ length: count }, (_, n) => n),
          );
          for (const { atMs, phase } of all) {
            const offMs = Math.abs((atMs % window) - (phase / count) * window);
            assert.ok(Math.min(offMs, window - offMs) < 0.01, `phase ${phase} is off by ${offMs} ms`);
            assert.ok(atMs - window >= readyAtMs + straddle.startMs + 1000);
            assert.ok(atMs + straddle.halfGapMs <= readyAtMs + straddle.endMs);
          }
          for (const times of byWebhook(all)) {
            assert.ok(leastDistance(times.map(({ atMs }) => atMs)) >= 2.2 * window);
          }
          // Any boundary of the server's windows has signals on both sides in some phase.
          assert.ok(count < 10 || 2 * straddle.halfGapMs >= window / count);
        },
      ),
    );
    assert.ok(plan.straddle.halfGapMs <= 50);
  });

  for (const [what, target, given] of [
    ['one webhook', profile, 1],
    ['several webhooks, but fewer than probes', profile, 5],
    ['webhooks that share one count', declared(10, 1000, 1000, 'client'), 0],
  ] as const) {
    test(`on ${what} the probes run one after the other, with a window of quiet between`, () => {
      const one = rateLimitPlan(sizes, target, given);
      const groups = [one.recovery, one.forwarded, one.straddle, one.bursts, ...one.steady.slice(0, 2)];
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

describe('idempotency', () => {
  /** What a plan sends, repeats of quota aside: the instants if every answer comes at once. */
  function sends(size: Sizes, target: TargetProfile, given: number) {
    const { repeats, together, quota, odds } = idempotencyPlan(size, target, given);
    const crowds = odds === null ? [together] : [together, odds];
    return [
      ...repeats.flatMap((phase) =>
        steps(phase).flatMap(({ atMs, webhook }) =>
          [0, ...phase.gaps].map((gap) => ({ atMs: atMs + gap * ttlMs(target), webhook })),
        ),
      ),
      ...crowds.flatMap((phase) => steps(phase).flatMap((step) => new Array<typeof step>(phase.crew).fill(step))),
      ...(quota === null
        ? []
        : steps(quota).flatMap(({ atMs, webhook }) =>
            [0, ...new Array<number>(quota.distinct).fill(2 * quota.partMs)].map((late) => ({
              atMs: atMs + late,
              webhook,
            })),
          )),
    ];
  }

  for (const [what, size, target, given] of [
    ['side by side', sizes, profile, 0],
    ['with odds', { ...sizes, IDEMPOTENCY_ODDS_KEYS: 2000 }, profile, 0],
    ['on one webhook', sizes, profile, 1],
    ['on seven webhooks', sizes, profile, 7],
    ['with a longer TTL', sizes, declared(10, 1000, 5000), 0],
    ['with a longer window', sizes, declared(100, 10_000, 1000), 0],
    ['where webhooks share one count', sizes, declared(20, 1000, 1000, 'client'), 0],
  ] as const) {
    test(`${what} every webhook stays within its limit`, () => {
      for (const one of byWebhook(sends(size, target, given))) {
        const most = mostWithin(
          one.map(({ atMs }) => atMs),
          windowMs(target),
        );
        assert.ok(most <= limitOf(target), `${most} within a window on webhook ${one[0]?.webhook}`);
      }
    });
  }

  test('phases that run at the same time have webhooks of their own', () => {
    const { repeats, together, quota, webhooks } = idempotencyPlan(sizes, profile, 0);
    const ranges = [...repeats, together, ...(quota === null ? [] : [quota])].flatMap(({ firstWebhook, webhooks: n }) =>
      Array.from({ length: n }, (_, place) => firstWebhook + place),
    );
    assert.equal(new Set(ranges).size, ranges.length);
    assert.equal(Math.max(...ranges) + 1, webhooks);
  });

  test('a quota step lies within one window and one TTL', () => {
    check(
      fc.property(anyProfile, anyGiven, (target, given) => {
        const { quota } = idempotencyPlan(sizes, target, given);
        assert.ok(quota !== null && 4 * quota.partMs <= Math.min(windowMs(target), ttlMs(target)));
        assert.ok(quota.distinct < limitOf(target) && quota.repeats > limitOf(target));
      }),
    );
  });

  for (const [what, target, present] of [
    ['the key is the id alone', readyProfiles.assumed, [true, true, false]],
    ['the key is id and ticker', profile, [true, true, true]],
    [
      'the price is part of the key',
      {
        ...profile,
        idempotency: { ...declared(1, 1, 1).idempotency, fields: ['signal_id', 'price'] },
      } as TargetProfile,
      [true, false, false],
    ],
    ['nothing is recognised', { ...profile, idempotency: { kind: 'none' } } as TargetProfile, [false, false, false]],
  ] as const) {
    test(`where ${what}, only phases that can tell something run`, () => {
      const { repeats, quota } = idempotencyPlan(sizes, target, 0);
      const names = repeats.map(({ phase }) => phase);
      const asked = [phases.idempotencyRefresh, phases.idempotencyChanged, phases.idempotencyUnlike];
      assert.deepEqual(
        asked.map((name) => names.includes(name)),
        present,
      );
      assert.equal(quota !== null, present[0]);
    });
  }

  test('30,000 keys of the thorough size take some 75 seconds on 150 webhooks', () => {
    const { odds, webhooks } = idempotencyPlan(thorough, profile, 0);
    assert.ok(odds !== null);
    assert.equal(webhooks, 150);
    assert.equal(odds.steps * odds.everyMs, 75_000);
    assert.equal(odds.crew, 2);
  });
});

describe('concurrency', () => {
  test('the same number of VUs on shared webhooks and apart, in turn', () => {
    const { together, apart, webhooks } = concurrencyPlan(sizes, profile, 0);
    assert.ok(apart !== null);
    assert.equal(together.crew, 40);
    assert.equal(apart.webhooks, apart.crew);
    assert.equal(apart.crew, 40);
    assert.equal(apart.firstWebhook, 5);
    assert.equal(webhooks, 45);
    assert.equal(apart.firstMs - together.firstMs, roundGapMs(profile) / 2);
  });

  test('given webhooks are shared first and then used apart', () => {
    const { together, apart, webhooks } = concurrencyPlan(sizes, profile, 3);
    assert.equal(webhooks, 3);
    assert.equal(together.crew, 24);
    assert.ok(apart !== null && apart.firstMs >= together.endMs && apart.crew === 3);
    assert.equal(concurrencyPlan(sizes, profile, 1).apart, null);
  });
});

test('no scenario takes long in its default size, and fewer webhooks never take less', () => {
  const mostSeconds: Readonly<Record<string, number>> = {
    'rate-limit': 16,
    idempotency: 10,
    concurrency: 10,
    hft: 10,
    burst: 5,
    sustained: 30,
    'memory-leak': 45,
  };
  for (const name of scenarioNames) {
    const created = estimateSeconds(name, sizes, profile, 0);
    assert.ok(created <= (mostSeconds[name] ?? 0), `${name}: ${created} s`);
    assert.ok(estimateSeconds(name, sizes, profile, 2) >= created, name);
  }
});
