import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import { countedCrashes } from '../../bench/ends/counted.ts';
import type { AlertLine } from '../../contract/journal/journal.ts';
import { ledgerOf, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

const root = processOf({ pid: 100, role: 'root' });
const toMs = 30_000;

/** Workers that end one after the other, each told a second late, when the next one is ended. */
const ended = [
  { pid: 101, truth: 'SIGKILL', words: 'was ended by SIGKILL' },
  { pid: 102, truth: 'abort', words: 'was ended by SIGABRT' },
  { pid: 103, truth: 'exit code 7', words: 'exited with code 7' },
  { pid: 104, truth: 'SIGKILL', words: 'was ended by SIGKILL' },
] as const;

/** @param unseen in no sample. */
function counted(unseen: number) {
  const seen = ended
    .map((each, n) => ({ ...each, endMs: n * 1000 + 6000, process: processOf({ pid: each.pid, parentPid: root.pid }) }))
    .filter(({ pid }) => pid !== unseen);
  const alerts = seen.map(
    ({ pid, words, endMs, process: { startTicks } }): AlertLine => ({
      ...{
        atUs: startUs + endMs * 1000,
        alert: 'end-in-log',
        message: '',
        means: 'crash',
        ...saying(words),
        pid,
        startTicks,
      },
    }),
  );
  const make = (atMs: number) => ({
    processes: [root, ...seen.filter(({ endMs }) => atMs < endMs).map(({ process }) => process)],
  });
  const server = serverOf(toMs, make, { alerts });
  const run = runOf([{ name: 'hft', ledger: ledgerOf([]), toMs }], { server });
  return countedCrashes({ judgement: workerCrashes.judge(run), run, server, printed: '' }, ended);
}

const figures = (unseen: number): readonly unknown[] =>
  counted(unseen).map(({ truth, n, seen, caused, accused }) => ({ truth, n, seen, caused, accused }));

test('each end is held against what was done to that process', () => {
  assert.deepEqual(figures(0), [
    { truth: 'SIGKILL', n: 2, seen: 2, caused: 2, accused: 0 },
    { truth: 'abort', n: 1, seen: 1, caused: 1, accused: 0 },
    { truth: 'exit code 7', n: 1, seen: 1, caused: 1, accused: 0 },
  ]);
});

test('one that no sample shows is missed alone: the others keep their causes', () => {
  assert.deepEqual(figures(101), [
    { truth: 'SIGKILL', n: 2, seen: 1, caused: 1, accused: 0 },
    { truth: 'abort', n: 1, seen: 1, caused: 1, accused: 0 },
    { truth: 'exit code 7', n: 1, seen: 1, caused: 1, accused: 0 },
  ]);
});
