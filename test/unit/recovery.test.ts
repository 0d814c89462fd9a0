import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recoveryFrom, recoveryInWords } from '../../analysis/processes/recovery.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

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

test('recovery: an outage of very many requests is looked through once', () => {
  const count = 60_000;
  const requests = Array.from({ length: count }, (_, n) => ({
    atMs: 20_000 + n / 10,
    outcome: n % 2 === 0 ? ('failed' as const) : ('accepted' as const),
    status: 0,
  }));
  const run = runOf([{ name: 'hft', ledger: ledgerOf(requests) }]);
  const began = performance.now();
  assert.equal(recoveryFrom(run, span).failed, count / 2);
  const tookMs = performance.now() - began;
  assert.ok(tookMs < 1500, `${tookMs} ms`);
});

/** A worker whose end the kernel tells of at some moment; samples show it for longer. */
function toldEnd(toldMs: number, shownMs: number, brokeOffMs: number) {
  const root = processOf({ pid: 100, role: 'root' });
  const worker = processOf({ pid: 101 });
  const { pid, startTicks } = worker;
  const told = {
    atUs: startUs + toldMs * 1000,
    pid,
    startTicks,
    means: 'crash',
    ...saying('was ended by SIGKILL'),
  } as const;
  const server = serverOf(
    60_000,
    (atMs) => ({ processes: [root, processOf({ pid: 102 }), atMs < shownMs ? worker : processOf({ pid: 201 })] }),
    { alerts: [{ ...told, alert: 'end-in-log', message: '' }] },
  );
  const ledger = ledgerOf(
    Array.from({ length: 600 }, (_, n) =>
      n * 100 === brokeOffMs - 3600
        ? { atMs: n * 100, tookMs: 3600, outcome: 'failed' as const, status: 0, error: 1220 }
        : { atMs: n * 100, outcome: 'accepted' as const },
    ),
  );
  const { evidence = [] } = workerCrashes.judge(runOf([{ name: 'hft', ledger }], { server }));
  return evidence.join('\n');
}

test('a process ended when the kernel told it, although samples show it longer: requests and recovery are of that moment', () => {
  const evidence = toldEnd(20_000, 20_750, 19_900);
  assert.match(evidence, /worker 101 .* exited at 20\.0 s/);
  assert.match(evidence, /1 broke off, the oldest after 3600 ms; 1 request failed, and they succeeded again/);
});

test('what was said of a process long before it ended is not its end', () => {
  const evidence = toldEnd(10_000, 20_750, 19_900);
  assert.match(evidence, /worker 101 .* exited at 20\.8 s/);
});

const recoveryOf = (requests: readonly MadeRequest[], of = span) =>
  recoveryFrom(runOf([{ name: 'hft', ledger: ledgerOf(requests) }]), of);

/** One every tenth of a second, that each takes so long. */
const sent = (fromMs: number, toMs: number, outcome: RecordedOutcome, tookMs = 5): MadeRequest[] =>
  Array.from({ length: (toMs - fromMs) / 100 }, (_, n) => ({ atMs: fromMs + n * 100, outcome, tookMs, status: 0 }));

test('recovery: a time in which nothing ends is none without a failure', () => {
  const blocked = [
    ...sent(0, 20_000, 'accepted'),
    { atMs: 20_000, outcome: 'failed', tookMs: 5 } as const,
    // One of several workers goes on for a moment.
    { atMs: 19_900, outcome: 'accepted', tookMs: 200 } as const,
    ...sent(20_100, 24_000, 'timeout', 10_000),
  ];
  const never = recoveryOf(blocked);
  assert.deepEqual(never, { ms: null, failed: 40, uncertaintyMs: 0 });
  assert.equal(recoveryInWords(never), '40 requests failed, up to the last: it did not recover within the run');
  assert.deepEqual(
    recoveryOf([...blocked, ...sent(34_000, 60_000, 'accepted')]),
    { ms: 14_000, failed: 40, uncertaintyMs: 0 },
    'the last one that timed out ended at 33.9 s',
  );
});

test('recovery: requests succeed again at the first success, though no load follows for a while, and it fails later', () => {
  const rest = [...sent(19_000, 20_000, 'accepted'), ...sent(20_000, 20_500, 'failed')];
  const after = [...sent(20_500, 21_000, 'accepted'), ...sent(50_000, 52_000, 'failed')];
  assert.deepEqual(recoveryOf([...rest, ...after]), { ms: 500, failed: 5, uncertaintyMs: 0 });
});

test('recovery: what was under way at the first success and failed later counts, and takes nothing from the time', () => {
  const others = [
    ...sent(0, 20_000, 'accepted'),
    ...sent(20_000, 20_300, 'failed'),
    ...sent(20_300, 60_000, 'accepted'),
  ];
  const hung = Array.from({ length: 4 }, () => ({ atMs: 19_950, outcome: 'timeout', tookMs: 10_000 }) as const);
  assert.deepEqual(recoveryOf(others), { ms: 300, failed: 3, uncertaintyMs: 0 });
  assert.deepEqual(recoveryOf([...others, ...hung]), { ms: 300, failed: 7, uncertaintyMs: 0 });
});

test('recovery: what fails before a silence ends is of that silence', () => {
  const silence = { fromUs: startUs + 20e6, toUs: startUs + 30e6 };
  const twice = (secondMs: number) => [
    ...sent(19_000, 20_000, 'accepted'),
    ...sent(20_000, 20_500, 'failed'),
    ...sent(20_500, secondMs, 'accepted'),
    ...sent(secondMs, secondMs + 500, 'failed'),
    ...sent(secondMs + 500, 60_000, 'accepted'),
  ];
  assert.deepEqual(recoveryOf(twice(25_000), silence), { ms: 5500, failed: 10, uncertaintyMs: 0 });
  assert.deepEqual(recoveryOf(twice(40_000), silence), { ms: 500, failed: 5, uncertaintyMs: 0 });
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
