import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type ByConnection,
  keysPerWorker,
  otherConnectionWords,
} from '../../analysis/delivery/idempotency/keys-per-worker.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import { isReconnected } from '../../contract/plan/repeats.ts';
import { sizesFromSettings } from '../../contract/plan/sizes.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { seeded } from '../fixtures/random.ts';

const gap = (same: readonly [number, number], other: readonly [number, number]): ByConnection => ({
  same: { recognized: same[0], within: same[1] },
  other: { recognized: other[0], within: other[1] },
});

test('only what the connection decides, and chance does not, is told as keys per worker', () => {
  assert.match(
    keysPerWorker([gap([5, 5], [1, 5]), gap([5, 5], [2, 5]), gap([5, 5], [1, 5])]) ?? '',
    /\(15 of 15\).* 11 of 15/,
  );
  // All recognized; some over the same connection lost, too; so few that chance explains them.
  assert.equal(keysPerWorker([gap([15, 15], [15, 15])]), null);
  assert.equal(keysPerWorker([gap([14, 15], [2, 15])]), null);
  assert.equal(keysPerWorker([gap([3, 3], [0, 3])]), null);
  assert.equal(keysPerWorker([gap([15, 15], [12, 15])]), null);
  // A key that lives too short, where all late repeats go over another connection.
  assert.equal(keysPerWorker([gap([15, 15], [15, 15]), gap([0, 0], [0, 30])]), null);
});

test('keys that are lost by chance are hardly ever told so', () => {
  const random = seeded(5);
  let told = 0;
  for (let run = 0; run < 5_000; run += 1) {
    const share = random();
    const of = (n: number): readonly [number, number] => [
      Array.from({ length: n }, random).filter((x) => x > share).length,
      n,
    ];
    if (keysPerWorker([gap(of(8), of(7)), gap(of(8), of(7)), gap(of(8), of(7))]) !== null) told += 1;
  }
  assert.ok(told <= 5, `${told} of 5000`);
});

test('how repeats over other connections fared is said where both kinds were sent', () => {
  assert.match(otherConnectionWords([gap([5, 5], [5, 5])]) ?? '', /5 of 5 recognized/);
  assert.equal(otherConnectionWords([gap([0, 0], [5, 5])]), null);
});

test('half of the repeats after a gap reconnect, on every webhook', () => {
  const { phases } = planOf('idempotency', sizesFromSettings({}).sizes, builtInProfiles.embedded, 0);
  for (const { name, role, schedule } of phases) {
    if (schedule.kind !== 'repeats') continue;
    const byWebhook = new Map<number, number>();
    for (let step = 0; step < schedule.steps; step += 1) {
      const webhook = step % schedule.webhooks;
      byWebhook.set(webhook, (byWebhook.get(webhook) ?? 0) + (isReconnected(schedule, step) ? 1 : -1));
    }
    const isGap = role === 'idempotency.gap';
    for (const excess of byWebhook.values())
      assert.ok(isGap ? Math.abs(excess) <= 1 : excess < 0, `${name}: ${excess}`);
  }
});
