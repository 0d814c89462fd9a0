import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PromisedEffects } from '../../analysis/delivery/promised-effects.ts';
import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { ledgerOf } from '../fixtures/run.ts';

/** The same answers as in k6/sender/promises_test.go. */
const answers: readonly (readonly [signal: string, outcome: RecordedOutcome, phase: string])[] = [
  ['k3f9-a1', 'accepted', 'part_a'],
  ['k3f9-g2', 'accepted', 'gap_1_05'],
  ['k3f9-g2', 'accepted', 'gap_1_05'],
  ['k3f9-g2', 'duplicate', 'gap_1_05'],
  ['k3f9-i3', 'duplicate', 'burst'],
  ['k3f9-i3', 'duplicate', 'burst'],
  ['k3f9-u4~AAPL', 'accepted', 'distinct_ticker'],
  ['k3f9-u4~MSFT', 'accepted', 'distinct_ticker'],
  ['k3f9-y5', 'accepted', 'changed_payload'],
  ['k3f9-y5', 'accepted', 'changed_payload'],
  ['k3f9-a6', 'limited', 'part_a'],
  ['k3f9-a7', 'failed', 'part_a'],
  ['k3f9-a8', 'timeout', 'part_a'],
];

test('every acceptance is waited for, and what was only called a duplicate once', () => {
  const promised = new PromisedEffects(
    ledgerOf(
      answers.map(([signal, outcome, phase], n) => ({ atMs: n, outcome, signal, phase })),
      {},
    ),
  );
  const ids = ['k3f9-a1', 'k3f9-g2', 'k3f9-g2', 'k3f9-i3', 'k3f9-u4', 'k3f9-u4', 'k3f9-y5', 'k3f9-a6', 'k3f9-other'];
  assert.equal(promised.left(ids).missing, 0);
  assert.equal(promised.left([]).missing, 7);
  for (let at = 0; at < 7; at += 1) assert.equal(promised.left(ids.toSpliced(at, 1)).missing, 1, `without ${ids[at]}`);
  assert.equal(promised.left(['k3f9-a1', 'k3f9-a1', 'k3f9-a1']).missing, 6);
  // A read-back that names the ticker names each of the two.
  assert.equal(promised.left(['k3f9-u4~AAPL', 'k3f9-u4~AAPL']).missing, 6);
});

test('what is passed over is told apart from the last', () => {
  const ids = Array.from({ length: 10 }, (_, n) => `k-a${n}`);
  const requests = ids.map((signal, n) => ({
    atMs: 10 * n,
    ms: 5,
    outcome: 'accepted' as const,
    signal,
    phase: 'part_a',
  }));
  const promised = new PromisedEffects(ledgerOf(requests));
  for (const [name, seen, missing, waiting] of [
    ['nothing was processed', [], 10, 10],
    ['the worker stopped after the fourth', ids.slice(0, 4), 6, 6],
    ['the third was dropped', ids.toSpliced(2, 1), 1, 0],
    ['the third was dropped, then the worker stopped', ids.toSpliced(2, 1).slice(0, 4), 6, 5],
    ['all came', ids, 0, 0],
  ] as const) {
    assert.deepEqual(promised.left(seen), { missing, waiting }, name);
  }
});
