import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CostlyLooks } from '../../monitor/schedule.ts';

/** Looks taken in a minute at four samples a second, each of so much CPU. */
function looksInAMinute(processes: number, costMs: number): number {
  let usedMs = 0;
  const looks = new CostlyLooks(10_000, () => usedMs);
  let taken = 0;
  for (let nowMs = 0; nowMs < 60_000; nowMs += 250) {
    if (!looks.isDue(nowMs, processes)) continue;
    looks.take(nowMs, () => {
      usedMs += costMs;
    });
    taken += 1;
  }
  return taken;
}

test('looks at a usual server are taken every second, whatever they cost', () => {
  assert.equal(looksInAMinute(8, 1), 60);
  assert.equal(looksInAMinute(8, 40), 60);
});

test('looks at a large tree keep to their share of a core, but come every ten seconds at the latest', () => {
  assert.equal(looksInAMinute(32, 4), 15);
  // The second one comes early: what the first one costs is not known before.
  assert.equal(looksInAMinute(32, 24), 11);
  assert.equal(looksInAMinute(32, 400), 7);
});
