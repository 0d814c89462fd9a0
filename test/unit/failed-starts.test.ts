import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { AlertLine, ProcessSample } from '../../contract/journal/journal.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

const toMs = 30_000;
const usr2Ms = 8000;

interface Made {
  /** When the new master ends, and how; null: it lives on. */
  readonly ends?: { readonly atMs: number; readonly cause: string } | null;
  /** Of each worker of the new master; one comes after the other, and the last one may live to the end. */
  readonly workersLiveMs?: number;
  readonly failedAtMs?: number;
  /** Of the new master. */
  readonly label?: string;
  /** When the old master and its workers go. */
  readonly oldEndsMs?: number;
}

/** A hot restart: the old master with two workers, and a new one below it. */
function judged(made: Made) {
  const { ends = null, workersLiveMs = 1000, failedAtMs, oldEndsMs = toMs + 1 } = made;
  const untilMs = ends?.atMs ?? toMs + 1;
  const old = [
    processOf({ pid: 100, role: 'root', label: 'unicorn' }),
    ...[101, 102].map((pid) => processOf({ pid, parentPid: 100 })),
  ];
  const master = processOf({ pid: 200, parentPid: 100, role: 'root', label: made.label ?? 'ruby unicorn' });
  const lives = Array.from({ length: Math.ceil((toMs - usr2Ms) / workersLiveMs) }, (_, n) => ({
    process: processOf({ pid: 201 + n, parentPid: 200 }),
    fromMs: usr2Ms + n * workersLiveMs,
    endMs: usr2Ms + (n + 1) * workersLiveMs,
  })).filter(({ fromMs }) => fromMs < untilMs);
  const at = (ms: number): readonly ProcessSample[] => [
    ...(ms < oldEndsMs ? old : []),
    ...(ms >= usr2Ms && ms < untilMs ? [master] : []),
    ...lives.filter(({ fromMs, endMs }) => ms >= fromMs && ms < Math.min(endMs, untilMs)).map(({ process }) => process),
  ];
  const said = ({ pid, startTicks }: ProcessSample, endMs: number, cause: string): AlertLine => ({
    ...{
      atUs: startUs + endMs * 1000,
      alert: 'end-in-log',
      message: '',
      pid,
      startTicks,
      means: 'crash',
      ...saying(cause),
    },
  });
  const alerts = [
    ...lives.map(({ process, endMs }) => said(process, Math.min(endMs, untilMs), 'exited with code 1')),
    ...(ends === null ? [] : [said(master, ends.atMs, ends.cause)]),
  ];
  const requests = Array.from(
    { length: toMs / 100 },
    (_, n): MadeRequest => ({
      ...{ atMs: n * 100, outcome: n * 100 === failedAtMs ? 'failed' : 'accepted' },
      ...(n * 100 === failedAtMs ? { status: 500 } : {}),
    }),
  );
  const server = serverOf(toMs, (ms) => ({ processes: [...at(ms)] }), { alerts });
  return workerCrashes.judge(runOf([{ name: 'hft', ledger: ledgerOf(requests), toMs }], { server }));
}

const halted = { atMs: 10_000, cause: 'exited with code 3' };

test('a new master that fails to start while the old one serves on warns, and is told for what it is', () => {
  const { status, summary, evidence, measures } = judged({ ends: halted });
  assert.equal(status, 'warn');
  assert.equal(summary, 'a new master failed to start; the old one went on serving: it exited with code 3');
  assert.match((evidence ?? []).join('\n'), /root 200 .* exited at 10\.0 s: it exited with code 3/);
  assert.equal(measures?.find(({ name }) => name === 'failed-starts')?.value, 1);
  assert.equal(measures?.find(({ name }) => name === 'crashes')?.value, 0);
});

test('so does one that lives on, and whose workers die again and again as they start', () => {
  const { status, summary } = judged({});
  assert.equal(status, 'warn');
  assert.equal(summary, 'a new master failed to start; the old one went on serving: it exited with code 1');
});

const crashes: readonly (readonly [string, Made])[] = [
  ['a request failed meanwhile', { ends: halted, failedAtMs: 9500 }],
  ['a request failed while its workers died again and again', { failedAtMs: 15_000 }],
  ['it had served', { ends: { ...halted, atMs: 21_000 }, workersLiveMs: 12_000 }],
  ['another program, which the root watches over', { ends: halted, label: 'node app.js' }],
  ['it was killed', { ends: { ...halted, cause: 'was ended by SIGKILL' } }],
  ['it was ended by a signal that has a digit', { ends: { ...halted, cause: 'was ended by SIGUSR2' } }],
  ['the old one had ended', { ends: halted, oldEndsMs: 9000 }],
  ['one of its workers died once, and the next one lives', { workersLiveMs: 11_000 }],
];

for (const [name, made] of crashes) {
  test(`the crash of a new master or its workers fails: ${name}`, () => {
    const { status, summary } = judged(made);
    assert.equal(status, 'fail', summary);
    assert.doesNotMatch(summary, /failed to start/);
  });
}
