import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Drain, type DrainState } from '../../contract/journal/drain.ts';
import { seeded } from '../fixtures/random.ts';

const patience = { settleMs: 20_000, limitMs: 120_000 };

interface Ended {
  readonly state: DrainState;
  readonly atMs: number;
  /** What was still missing then. */
  readonly missing: number;
}

/** Polls a second apart until read-back ends. @param comes when each promised effect comes; infinite: never. */
function drained(comes: readonly number[], { isCounted = true, ...changes }: { isCounted?: boolean } = {}): Ended {
  const drain = new Drain({ ...patience, ...changes });
  for (let atMs = 0; ; atMs += 1000) {
    const effects = comes.filter((ms) => ms <= atMs).length;
    const missing = comes.length - effects;
    const state = drain.after({ atMs, effects, missing: isCounted ? missing : null });
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

test('a poller that comes every 2, 5 or 15 seconds loses nothing', () => {
  for (const pauseMs of [2000, 5000, 15_000]) {
    for (let phaseMs = 0; phaseMs < pauseMs; phaseMs += 500) {
      const comes = [...every(50, 0), ...every(4, pauseMs).map((ms) => ms + phaseMs)];
      assert.deepEqual(drained(comes).state, 'complete', `${pauseMs} ms, from ${phaseMs} ms on`);
      assert.equal(drained(comes).missing, 0);
    }
  }
});

test('what never comes is missing for good once nothing came for the settle time', () => {
  const lost = Number.POSITIVE_INFINITY;
  assert.deepEqual(drained([0, 0, lost]), { state: 'settled', atMs: 20_000, missing: 1 });
  assert.deepEqual(drained([0, 15_000, lost]), { state: 'settled', atMs: 35_000, missing: 1 });
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
    assert.deepEqual(drained(comes).state, 'complete', String(comes));
  }
});
