import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SteadyClock } from '../../lib/probes/steady-clock.ts';

/** A wall clock that steps, and a sleep that does not. */
function world() {
  const now = { trueMs: 0, stepMs: 1_700_000_000_000 };
  const slept: number[] = [];
  const clock = new SteadyClock(
    () => now.trueMs + now.stepMs,
    (ms) => {
      slept.push(ms);
      now.trueMs += ms + 1;
    },
    10_000,
  );
  return { now, slept, clock };
}

for (const stepMs of [-3_600_000, -500, 3_600_000]) {
  test(`a step of the wall clock by ${stepMs} ms moves no instant by more than a second`, () => {
    const { now, slept, clock } = world();
    const startMs = clock.nowMs();
    clock.sleepUntil(startMs + 5_000);
    assert.ok(Math.abs(now.trueMs - 5_000) < 20);
    now.stepMs += stepMs;
    clock.sleepUntil(startMs + 10_000);
    assert.ok(Math.abs(now.trueMs - 10_000) <= 1_020, `it woke after ${now.trueMs} ms`);
    assert.ok(slept.every((ms) => ms <= 1_000));
  });
}

test('a late wake-up is no step, and an instant that has passed is not waited for', () => {
  const { now, slept, clock } = world();
  const startMs = clock.nowMs();
  now.trueMs += 1_500;
  assert.equal(clock.nowMs(), startMs + 1_500);
  clock.sleepUntil(startMs + 1_000);
  assert.deepEqual(slept, []);
});
