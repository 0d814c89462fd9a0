import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { idempotencyPlan } from '../../contract/plan/idempotency.ts';
import { limitOf, phases, ttlMs, windowMs } from '../../contract/plan/plan.ts';
import { type Sizes, sizesFromSettings } from '../../contract/plan/sizes.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { anyGiven, anyProfile, byWebhook, declared, profile, steps } from './plan-cases.ts';

const { sizes } = sizesFromSettings({});
const { sizes: thorough } = sizesFromSettings({ SIZE: 'thorough' });

/** The most of these times that lie within one span. */
function maxWithin(timesMs: readonly number[], spanMs: number): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  return Math.max(0, ...sorted.map((fromMs, n) => sorted.findLastIndex((atMs) => atMs < fromMs + spanMs) - n + 1));
}

describe('idempotency', () => {
  /** What a plan sends, repeats of quota aside: the instants if every answer comes at once. */
  function sends(size: Sizes, target: TargetProfile, given: number) {
    const { repeats, together, quota, odds } = idempotencyPlan(size, target, given);
    const bursts = odds === null ? [together] : [together, odds];
    return [
      ...repeats.flatMap((phase) =>
        steps(phase).flatMap(({ atMs, webhook }) =>
          [0, ...phase.gaps].map((gap) => ({ atMs: atMs + gap * ttlMs(target), webhook })),
        ),
      ),
      ...bursts.flatMap((phase) =>
        steps(phase).flatMap((step) => new Array<typeof step>(phase.vusPerGroup).fill(step)),
      ),
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
        const most = maxWithin(
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
    fc.assert(
      fc.property(anyProfile, anyGiven, (target, given) => {
        const { quota } = idempotencyPlan(sizes, target, given);
        assert.ok(quota !== null && 4 * quota.partMs <= Math.min(windowMs(target), ttlMs(target)));
        assert.ok(quota.distinct < limitOf(target) && quota.repeats > limitOf(target));
      }),
    );
  });

  for (const [what, target, present] of [
    ['the key is the id alone', builtInProfiles.generic, [true, true, false]],
    ['the key is id and ticker', profile, [true, true, true]],
    [
      'the price is part of the key',
      {
        ...profile,
        idempotency: { ...declared(1, 1, 1).idempotency, fields: ['signal_id', 'price'] },
      } as TargetProfile,
      [true, false, false],
    ],
    ['nothing is recognized', { ...profile, idempotency: { kind: 'none' } } as TargetProfile, [false, false, false]],
  ] as const) {
    test(`where ${what}, only phases that can tell something run`, () => {
      const { repeats, quota } = idempotencyPlan(sizes, target, 0);
      const names = repeats.map(({ phase }) => phase);
      const asked = [phases.idempotencyRefresh, phases.idempotencyChanged, phases.idempotencyDistinctTicker];
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
    assert.equal(odds.vusPerGroup, 2);
  });
});
