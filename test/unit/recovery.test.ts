import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recoveryFrom } from '../../analysis/processes/recovery.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { ledgerOf, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

const span = { fromUs: startUs + 20e6, toUs: startUs + 20.25e6 };

/** Ten requests a second for a minute. */
const ledgerWith = (outcome: (atMs: number) => RecordedOutcome) =>
  ledgerOf(Array.from({ length: 600 }, (_, n) => ({ atMs: n * 100, outcome: outcome(n * 100), status: 0 })));

const recovery = (outcome: (atMs: number) => RecordedOutcome) =>
  recoveryFrom(runOf([{ name: 'hft', ledger: ledgerWith(outcome) }]), span);

test('recovery: from the first failure to the first success of a second without one', () => {
  assert.deepEqual(
    recovery(() => 'accepted'),
    { ms: 0, failed: 0, uncertaintyMs: 0 },
  );
  assert.deepEqual(
    recovery((atMs) => (atMs >= 20_000 && atMs < 23_000 ? 'failed' : 'accepted')),
    { ms: 3000, failed: 30, uncertaintyMs: 0 },
  );
  const everyOther = (atMs: number): RecordedOutcome =>
    atMs >= 20_000 && atMs < 25_000 && atMs % 500 === 0 ? 'failed' : 'accepted';
  assert.deepEqual(
    recovery(everyOther),
    { ms: 4600, failed: 10, uncertaintyMs: 0 },
    'successes in between are none yet',
  );
  assert.deepEqual(
    recovery((atMs) => (atMs >= 20_000 ? 'timeout' : 'accepted')),
    { ms: null, failed: 400, uncertaintyMs: 0 },
  );
  const later = recovery((atMs) => (atMs >= 30_000 && atMs < 33_000 ? 'failed' : 'accepted'));
  assert.deepEqual(later, { ms: 0, failed: 0, uncertaintyMs: 0 }, 'failures of another time have another cause');
  const refused = recovery((atMs) => (atMs % 200 === 0 ? 'limited' : 'accepted'));
  assert.deepEqual(refused, { ms: 0, failed: 0, uncertaintyMs: 0 }, 'a refusal is an answer');
});

test('worker crashes: the time until requests succeeded again stands with each, as a sentence and a measure', () => {
  const root = processOf({ pid: 100, role: 'root' });
  const server = serverOf(60_000, (atMs) => ({
    processes: [root, processOf({ pid: atMs < 20_000 ? 101 : 201 }), processOf({ pid: 102 })],
  }));
  const ledger = ledgerWith((atMs) => (atMs >= 19_900 && atMs < 21_500 ? 'failed' : 'accepted'));
  const { measures = [], evidence = [] } = workerCrashes.judge(runOf([{ name: 'hft', ledger }], { server }));
  assert.equal(measures.find(({ name }) => name === 'recovery')?.value, 1600);
  assert.match(evidence.join('\n'), /16 requests failed, and they succeeded again 1\.6 s after the first of these/);
  const healthy = workerCrashes.judge(runOf([{ name: 'hft', ledger }], { server: serverOf(60_000) }));
  assert.equal(
    healthy.measures?.some(({ name }) => name === 'recovery'),
    false,
  );
});
