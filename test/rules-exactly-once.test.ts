import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactlyOnce } from '../analysis/rules/exactly-once.ts';
import type { Status } from '../contract/criteria.ts';
import type { TargetProfile } from '../contract/profile.ts';
import { readyProfiles } from '../targets/ready.ts';
import { ledgerOf, type MadeRequest, runOf } from './fixtures/run.ts';

const at = (atMs: number, outcome: MadeRequest['outcome'], changes: Partial<MadeRequest> = {}): MadeRequest => ({
  atMs,
  outcome,
  signal: 'key-1',
  ...changes,
});

interface Case {
  readonly name: string;
  readonly requests: readonly MadeRequest[];
  readonly effects?: Readonly<Record<string, number>>;
  readonly expected: Status;
  readonly says?: RegExp;
}

const cases: readonly Case[] = [
  { name: 'one signal, one effect', requests: [at(0, 'accepted')], expected: 'pass' },
  {
    name: 'a repeat within the TTL is a duplicate',
    requests: [at(0, 'accepted'), at(500, 'duplicate')],
    expected: 'pass',
  },
  {
    name: 'a repeat after the TTL is a new signal',
    requests: [at(0, 'accepted'), at(1500, 'accepted')],
    effects: { 'key-1': 2 },
    expected: 'pass',
  },
  {
    name: 'accepted, but never processed',
    requests: [at(0, 'accepted')],
    effects: { 'key-1': 0 },
    expected: 'fail',
    says: /lost: key-1: accepted 1 times, processed 0 times/,
  },
  {
    name: 'a duplicate that was processed all the same',
    requests: [at(0, 'accepted'), at(100, 'duplicate')],
    effects: { 'key-1': 2 },
    expected: 'fail',
    says: /twice: key-1: processed 2 times, accepted 1 times/,
  },
  {
    name: 'accepted twice within the TTL',
    requests: [at(0, 'accepted'), at(900, 'accepted')],
    effects: { 'key-1': 2 },
    expected: 'fail',
    says: /accepted twice within 902 ms/,
  },
  {
    name: 'accepted twice about the TTL proves nothing',
    requests: [at(0, 'accepted', { tookMs: 60 }), at(960, 'accepted', { tookMs: 60 })],
    effects: { 'key-1': 2 },
    expected: 'pass',
  },
  {
    name: 'called a duplicate long after the TTL',
    requests: [at(0, 'accepted'), at(2000, 'duplicate')],
    expected: 'fail',
    says: /suppressed: key-1/,
  },
  {
    name: 'a time-out may have been processed or not: once',
    requests: [at(0, 'timeout', { tookMs: 10_000 }), at(20_000, 'accepted')],
    effects: { 'key-1': 2 },
    expected: 'pass',
  },
  {
    name: 'but not more often than asked',
    requests: [at(0, 'timeout', { tookMs: 10_000 }), at(20_000, 'accepted')],
    effects: { 'key-1': 3 },
    expected: 'fail',
  },
  {
    name: 'a refused signal that was processed all the same',
    requests: [at(0, 'limited')],
    effects: { 'key-1': 1 },
    expected: 'fail',
  },
];

for (const { name, requests, effects, expected, says } of cases) {
  test(`exactly once: ${name}`, () => {
    const judgement = exactlyOnce.judge(runOf([{ name: 'idempotency', ledger: ledgerOf(requests, effects) }]));
    assert.equal(judgement.status, expected, judgement.summary);
    if (says !== undefined) assert.match((judgement.evidence ?? []).join('\n'), says);
  });
}

test('exactly once: with enough repeated signals the odds are said', () => {
  const requests = Array.from({ length: 60 }, (_, n) => [
    at(n * 10, 'accepted', { signal: `many-${n}` }),
    at(n * 10 + 300, 'duplicate', { signal: `many-${n}` }),
  ]).flat();
  const { status, evidence } = exactlyOnce.judge(runOf([{ name: 'idempotency', ledger: ledgerOf(requests) }]));
  assert.equal(status, 'pass');
  assert.match((evidence ?? []).join(), /no duplicate in 60 repeated signals: .* fewer than 5\.00 %/);
});

test('exactly once: without a complete read-back nothing is proven, and nothing called lost', () => {
  const ledger = ledgerOf([at(0, 'accepted')], { 'key-1': 0 });
  ledger.readbacks.clear();
  const judgement = exactlyOnce.judge(runOf([{ name: 'hft', ledger }]));
  assert.equal(judgement.status, 'inconclusive');
});

test('exactly once: a read-back whose effects are not all there is incomplete', () => {
  const ledger = ledgerOf([at(0, 'accepted')]);
  ledger.readbacks.set(0, 2);
  assert.equal(exactlyOnce.judge(runOf([{ name: 'hft', ledger }])).status, 'inconclusive');
});

test('exactly once: a target without read-back cannot pass, but can fail on its answers', () => {
  const profile: TargetProfile = { ...readyProfiles.embedded, readback: { kind: 'none' } };
  const judged = (requests: readonly MadeRequest[]): Status => {
    const ledger = ledgerOf(requests);
    ledger.readbacks.clear();
    return exactlyOnce.judge(runOf([{ name: 'idempotency', ledger }], { profile })).status;
  };
  assert.equal(judged([at(0, 'accepted'), at(100, 'duplicate')]), 'inconclusive');
  assert.equal(judged([at(0, 'accepted'), at(100, 'accepted')]), 'fail');
});

test('exactly once: a burst that spreads over the TTL is inconclusive', () => {
  const burst = (stepMs: number): Status =>
    exactlyOnce.judge(
      runOf([
        {
          name: 'burst',
          ledger: ledgerOf([
            at(0, 'accepted'),
            ...Array.from({ length: 20 }, (_, n) => at((n + 1) * stepMs, 'duplicate')),
          ]),
        },
      ]),
    ).status;
  assert.equal(burst(1), 'pass');
  assert.equal(burst(50), 'inconclusive');
});
