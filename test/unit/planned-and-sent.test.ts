import assert from 'node:assert/strict';
import { test } from 'node:test';
import { burstSpread } from '../../analysis/delivery/burst-spread.ts';
import { planDifferences, plannedAndSent, sentByPhase } from '../../analysis/interpret/planned-and-sent.ts';
import type { Span } from '../../analysis/journal/timeline.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import { ledgerOf, startUs } from '../fixtures/run.ts';
import { profile, sizesWith } from './plan-cases.ts';

const plan = planOf('sustained', sizesWith(), profile, 0);
const sent = (count: number, phase = 'sustained') =>
  ledgerOf(Array.from({ length: count }, (_, n) => ({ atMs: n * 12.5, outcome: 'accepted' as const, phase })));
function differences(count: number, dropped = 0, spans: readonly Span[] = [], generators = 1) {
  const drops = [{ second: 1, dropped, phase: 'sustained', generator: 0 }];
  const stalls = spans.map((span) => ({ ...span, generator: generators - 1 }));
  return planDifferences(plannedAndSent(plan, sentByPhase(sent(count)), { drops, stalls }, generators));
}

test('what was planned and not sent is a gap, what was sent beyond it a bug of ours', () => {
  assert.deepEqual(differences(2400), { gaps: [], notes: [] });
  assert.deepEqual(differences(1200).gaps, ['phase sustained: 1200 of 2400 planned requests were sent']);
  assert.match(differences(2401).gaps.join(), /2401 requests were sent and 2400 planned, which is a bug/);
  assert.deepEqual(planDifferences(plannedAndSent(plan, sentByPhase(sent(2400, 'other')), null)).gaps, [
    'phase sustained: 0 of 2400 planned requests were sent',
  ]);
});

test('a quarter of a constant rate may be missing if k6 says why: more is a gap', () => {
  const text = 'phase sustained: 2000 of 2400 planned requests were sent, 400 were dropped because no VU was free';
  assert.deepEqual(differences(2000, 400), { gaps: [], notes: [text] });
  assert.equal(differences(1700, 700).gaps.length, 1, 'too little is left');
  assert.equal(differences(2390, 1).gaps.length, 1, 'nothing explains the other nine');
});

test('what falls due in the last 100 ms of a rate may be missing: a stall as short as this is recorded nowhere', () => {
  assert.deepEqual(differences(2392), {
    gaps: [],
    notes: ['phase sustained: 2392 of 2400 planned requests were sent'],
  });
  assert.equal(differences(2391).gaps.length, 1);
});

test('what fell due while the generator stalled is explained, too', () => {
  const stall = (lengthMs: number) => [{ fromUs: startUs + 10_000_000, toUs: startUs + 10_000_000 + lengthMs * 1000 }];
  assert.deepEqual(differences(2000, 300, stall(5000)), {
    gaps: [],
    notes: [
      'phase sustained: 2000 of 2400 planned requests were sent, 300 were dropped because no VU was free, 400 fell due while the load generator stalled',
    ],
  });
  assert.deepEqual(differences(2010, 0, stall(5000)).gaps, [], 'k6 forgets what a phase has no time for');
  assert.equal(differences(1700, 0, stall(9000)).gaps.length, 1, 'too little is left');
  assert.equal(differences(2000, 0, stall(1000)).gaps.length, 1, 'a second explains 80 of 400');
  assert.match(differences(2300, 0, stall(5000), 4).notes.join(), /100 fell due/, 'one of four sends a quarter');
  assert.equal(differences(2000, 0, stall(5000), 4).gaps.length, 1, 'the others did not stall');
});

test('connections that a phase opens are none of its signals: they do not widen the spread of a burst', () => {
  const ledger = ledgerOf([
    { atMs: 0, outcome: 'accepted', purpose: 'setup', phase: 'burst' },
    { atMs: 2000, outcome: 'accepted', phase: 'burst' },
    { atMs: 2003, outcome: 'duplicate', phase: 'burst' },
  ]);
  assert.deepEqual(burstSpread(ledger), { ms: 3, uncertaintyMs: 0 });
});
