import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drain, type DrainState } from '../../contract/journal/drain.ts';
import { seeded } from '../fixtures/random.ts';

const patience = { settleMs: null, limitMs: 120_000 };

interface Ended {
  readonly state: DrainState;
  readonly atMs: number;
  /** What was still missing then. */
  readonly missing: number;
}

/**
 * Polls a second apart until read-back ends.
 * @param comes when the effect of each signal comes, in the order of their sending; infinite: never.
 */
function drained(
  comes: readonly number[],
  { isCounted = true, settleMs = null }: { isCounted?: boolean; settleMs?: number | null } = {},
): Ended {
  const drain = new Drain({ ...patience, settleMs });
  for (let atMs = 0; ; atMs += 1000) {
    const effects = comes.filter((ms) => ms <= atMs).length;
    const missing = comes.length - effects;
    const waiting = comes.length - 1 - comes.findLastIndex((ms) => ms <= atMs);
    const state = drain.after({ atMs, effects, outstanding: isCounted ? { missing, waiting } : null });
    if (state !== 'reading') return { state, atMs, missing };
    assert.ok(atMs <= patience.limitMs, 'it goes on for ever');
  }
}

const every = (count: number, ms: number): number[] => Array.from({ length: count }, (_, n) => n * ms);

test('what is all there is read twice, whether it is counted or not', () => {
  for (const isCounted of [true, false]) {
    assert.deepEqual(drained(every(100, 0), { isCounted }), { state: 'complete', atMs: 1000, missing: 0 });
  }
});

test('a poller that comes every 2 to 60 seconds loses nothing', () => {
  for (const pauseMs of [2000, 5000, 15_000, 30_000, 60_000]) {
    for (let phaseMs = 0; phaseMs < pauseMs; phaseMs += 500) {
      const comes = [...every(50, 0), ...every(50, 0).map(() => phaseMs)];
      assert.deepEqual(drained(comes).state, 'complete', `${pauseMs} ms, from ${phaseMs} ms on`);
      assert.equal(drained(comes).missing, 0);
    }
  }
});

const lost = Number.POSITIVE_INFINITY;

test('what others have overtaken is lost once nothing came for 20 s', () => {
  assert.deepEqual(drained([0, lost, 0]), { state: 'settled', atMs: 20_000, missing: 1 });
  assert.deepEqual(drained([0, lost, 15_000]), { state: 'settled', atMs: 35_000, missing: 1 });
});

test('the last ones are lost once nothing came for 65 s: no worker came', () => {
  assert.deepEqual(drained([0, 0, lost, lost]), { state: 'settled', atMs: 65_000, missing: 2 });
  assert.deepEqual(drained([lost, lost]), { state: 'settled', atMs: 65_000, missing: 2 });
  // One was dropped, and the worker comes once a minute for the others.
  assert.deepEqual(drained([0, lost, 0, 55_000]), { state: 'settled', atMs: 75_000, missing: 1 });
});

test('a settle time that the profile declares holds for both', () => {
  assert.deepEqual(drained([0, lost, 0], { settleMs: 5000 }), { state: 'settled', atMs: 5000, missing: 1 });
  assert.deepEqual(drained([0, lost], { settleMs: 5000 }), { state: 'settled', atMs: 5000, missing: 1 });
});

test('a backlog that still shrinks at the time limit is not lost', () => {
  const { state, missing } = drained(every(1000, 500));
  assert.equal(state, 'undrained');
  assert.equal(missing, 1000 - 241);
});

test('what changes for ever without being counted ends at the time limit', () => {
  assert.equal(drained(every(1000, 500), { isCounted: false }).state, 'undrained');
});

test('seeded: nothing is given up that comes within the settle time of the effect before it', () => {
  const random = seeded(13);
  for (let n = 0; n < 300; n += 1) {
    const comes: number[] = [];
    for (let atMs = 0; comes.length < 1 + random() * 30 && atMs < 90_000; atMs += random() * 19_000) comes.push(atMs);
    const inAnyOrder = comes.map((ms) => ({ ms, at: random() })).sort((a, b) => a.at - b.at);
    assert.deepEqual(drained(inAnyOrder.map(({ ms }) => ms)).state, 'complete', String(comes));
  }
});
