import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { AlertLine, ServerSampleLine } from '../../contract/journal/journal.ts';
import { ledgerOf, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';
import '../fixtures/seed.ts';

const root = processOf({ pid: 100, role: 'root' });
const endMs = 30_000;
const steady = ledgerOf(Array.from({ length: 300 }, (_, n) => ({ atMs: n * 100, outcome: 'accepted' })));

/** What log or kernel say of a process that was in no sample. */
interface Unseen {
  readonly pid: number;
  readonly atMs: number;
  readonly says?: 'surely' | 'perhaps';
  readonly parentPid?: number;
  readonly means?: 'crash' | 'ended';
  readonly exitCode?: number;
}

const alertOf = ({ pid, atMs, says, parentPid, means = 'crash', exitCode = 1 }: Unseen): AlertLine => ({
  ...{ atUs: startUs + atMs * 1000, alert: 'unseen-end', message: '', pid, means },
  ...saying(means === 'crash' ? `exited with code ${exitCode}` : 'died'),
  ...(says === undefined ? {} : { saysWorker: says, lines: [`worker ${pid} exited with code ${exitCode}`] }),
  ...(parentPid === undefined ? {} : { parentPid }),
});

/** Two workers, of which one is away from `goneMs` to `backMs`, when its successor serves. */
function judged(unseen: readonly Unseen[], [goneMs, backMs]: readonly [number, number] = [endMs + 1, endMs + 1]) {
  const worker = (pid: number) => processOf({ pid, parentPid: root.pid, connections: 3 });
  const make = (atMs: number): Partial<ServerSampleLine> => ({
    processes: [
      root,
      worker(101),
      ...(atMs < goneMs ? [worker(102)] : []),
      ...(atMs >= backMs ? [worker(103)] : []),
      processOf({ pid: 900, parentPid: 101, role: 'helper' }),
    ],
  });
  const recycled: AlertLine = {
    ...{ atUs: startUs + goneMs * 1000, alert: 'process-recycled', message: '', pid: 102, startTicks: 1020 },
    ...{ means: 'graceful', reason: 'servedRequests' },
  };
  const alerts = [...(goneMs > endMs ? [] : [recycled]), ...unseen.map(alertOf)].toSorted((a, b) => a.atUs - b.atUs);
  const server = serverOf(endMs, make, { alerts });
  const judgement = workerCrashes.judge(runOf([{ name: 'hft', ledger: steady, toMs: endMs }], { server }));
  const count = (name: string): number => judgement.measures?.find((each) => each.name === name)?.value ?? Number.NaN;
  return {
    status: judgement.status,
    told: JSON.stringify(judgement),
    crashes: count('crashes'),
    open: count('unclear-ends'),
  };
}

const away = [10_000, 20_000] as const;
const atMs = fc.integer({ min: 500, max: endMs - 500 });
const pid = fc.integer({ min: 2000, max: 3000 });
const exitCode = fc.integer({ min: 1, max: 99 });
const span = fc.constantFrom<(readonly [number, number])[]>(away, [endMs + 1, endMs + 1]);
const perhaps = fc.constantFrom(undefined, 'perhaps' as const);

test('what log and kernel say of a worker that was in no sample is a crash, told with its pid and cause', () => {
  const outcome = judged([
    { pid: 2000, atMs: 12_000, says: 'perhaps', means: 'ended' },
    { pid: 2000, atMs: 12_250, parentPid: root.pid, exitCode: 7 },
  ]);
  assert.equal(outcome.status, 'fail', outcome.told);
  assert.equal(outcome.crashes, 1);
  assert.match(outcome.told, /worker 2000 \(in no sample\) exited at [^:]*: it exited with code 7/);
});

test('generated workers that were in no sample crashed, if a line says worker and the parent is known, or one was missing', () => {
  fc.assert(
    fc.property(fc.uniqueArray(pid, { minLength: 1, maxLength: 8 }), atMs, exitCode, span, (pids, at, code, gone) => {
      const ofMaster = pids.flatMap((each) => [
        { pid: each, atMs: at, says: 'perhaps' as const, exitCode: code },
        { pid: each, atMs: at + 250, parentPid: root.pid, exitCode: code },
      ]);
      assert.equal(judged(ofMaster, gone).crashes, pids.length);
      const listed = pids.map((each) => ({ pid: each, atMs: 15_000, says: 'surely' as const, exitCode: code }));
      assert.equal(judged(listed, away).crashes, pids.length);
    }),
    { numRuns: 40 },
  );
});

test('generated ends of which no line says worker, or nobody knows the parent, never fail, and are open while a worker is missing', () => {
  fc.assert(
    fc.property(fc.uniqueArray(pid, { minLength: 1, maxLength: 8 }), atMs, exitCode, span, (pids, at, code, gone) => {
      const bare = pids.map((each) => ({ pid: each, atMs: at, parentPid: root.pid, exitCode: code }));
      assert.equal(judged(bare).status, 'pass', 'no worker was missing: a job of the master');
      assert.equal(judged(bare, gone).crashes, 0);
      const missing = judged(
        bare.map((each) => ({ ...each, atMs: 15_000 })),
        away,
      );
      assert.deepEqual([missing.status, missing.open], ['inconclusive', pids.length]);
      const called = pids.map((each) => ({ pid: each, atMs: at, says: 'perhaps' as const, exitCode: code }));
      assert.equal(judged(called).status, 'pass');
      assert.equal(judged(called, gone).crashes, 0);
    }),
    { numRuns: 40 },
  );
});

test('10,000 generated jobs that workers and helpers start, in no sample, are no crashes, whatever a line calls them', () => {
  const job = fc.record({ pid: fc.integer({ min: 2000, max: 60_000 }), atMs, exitCode, says: perhaps });
  const parents = fc.constantFrom(101, 102, 103, 900, 5000);
  fc.assert(
    fc.property(
      fc.uniqueArray(job, { minLength: 500, maxLength: 500, selector: (each) => each.pid }),
      parents,
      span,
      (jobs, parentPid, gone) => {
        const unseen = jobs.flatMap(({ says, ...each }) => [
          { ...each, parentPid },
          ...(says === undefined ? [] : [{ ...each, says }]),
        ]);
        const { status, told } = judged(unseen, gone);
        assert.equal(status, 'pass', told);
      },
    ),
    { numRuns: 20 },
  );
});

test('what is said of a process that was in a sample, or before the first one, is no other end', () => {
  assert.equal(judged([{ pid: 101, atMs: 12_000, says: 'surely' }], away).status, 'pass');
  assert.equal(judged([{ pid: 2000, atMs: 0, says: 'surely' }], away).status, 'pass');
  const other = judged([{ pid: 2000, atMs: 12_000, says: 'surely' }]);
  assert.deepEqual(
    [other.status, other.open],
    ['inconclusive', 1],
    'no worker was missing: the line may be of another server',
  );
});
