import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import { crashAdvice } from '../../analysis/rules/worker-crashes-advice.ts';
import type { AlertLine, ServerSampleLine } from '../../contract/journal/journal.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { ledgerOf, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

const toMs = 40_000;
const ledger = ledgerOf(Array.from({ length: 400 }, (_, n) => ({ atMs: n * 100, outcome: 'accepted' as const })));
const [root, one, other] = [processOf({ pid: 100, role: 'root' }), ...[101, 102].map((pid) => processOf({ pid }))];

interface Ended {
  /** In the journal's words, in the order in which they were said. */
  readonly causes: readonly string[];
  readonly oomKills?: (atMs: number) => number | null;
}

/** Two workers, one of which ends after ten seconds, and is not replaced. */
function crashOf({ causes, oomKills = () => null }: Ended): Judgement {
  assert.ok(root !== undefined && one !== undefined && other !== undefined);
  const alerts = causes.map(
    (cause, n): AlertLine => ({
      ...{ atUs: startUs + 10_000_000 + n, alert: 'end-in-log', message: '', means: 'crash', ...saying(cause) },
      ...{ pid: 101, startTicks: one.startTicks },
    }),
  );
  const make = (atMs: number): Partial<ServerSampleLine> => ({
    processes: atMs < 10_000 ? [root, one, other] : [root, other],
    oomKills: oomKills(atMs),
  });
  return workerCrashes.judge(
    runOf([{ name: 'hft', ledger, toMs }], { server: serverOf(toMs, make, causes.length > 0 ? { alerts } : {}) }),
  );
}

const memory = /memory|OOM/;

test('how a worker ended decides which advice stands first, and what is not said', () => {
  const cases: readonly (readonly [Ended, RegExp, RegExp])[] = [
    [
      { causes: ['was killed by the kernel for want of memory (OOM)'] },
      /^the kernel killed it for want of memory/,
      /SIGKILL|exception|graceful/,
    ],
    [
      { causes: ['was ended by SIGKILL'], oomKills: (atMs) => (atMs < 10_000 ? 0 : 1) },
      /^the kernel killed it for want of memory/,
      /SIGKILL|exception|graceful/,
    ],
    [{ causes: ['was ended by SIGKILL'] }, /^who sent SIGKILL: the OOM killer/, /exception|graceful/],
    [
      { causes: ['was ended by SIGKILL'], oomKills: () => 0 },
      /^who sent SIGKILL: a supervisor/,
      /OOM killer|exception/,
    ],
    [
      { causes: ['ran out of its heap (Node.js)', 'was ended by SIGABRT'] },
      /^its runtime had no memory/,
      /kernel|native/,
    ],
    [
      { causes: ['gave no sign of life within the timeout and was aborted', 'was ended by SIGKILL'] },
      /^what a worker was at when its time was over/,
      /memory|SIGKILL|exception/,
    ],
    [{ causes: ['exceeded its time for a request (harakiri)'] }, /^what a worker was at/, memory],
    [{ causes: ['did not end in time and was killed'] }, /^what keeps a worker from ending/, memory],
    [{ causes: ['was ended by SIGSEGV'] }, /^native code/, memory],
    [{ causes: ['panicked (Go)'] }, /^the exception and its stack/, /memory|native|SIGKILL/],
    [{ causes: ['exited with code 1'] }, /^error logs of the last seconds/, /memory|native|SIGKILL/],
    [{ causes: ['exited with code 137'] }, /^who sent SIGKILL/, /exception|native/],
  ];
  for (const [ended, first, never] of cases) {
    const judgement = crashOf(ended);
    assert.equal(judgement.status, 'fail', `${ended.causes}: ${judgement.summary}`);
    assertAdvice(workerCrashes, judgement, { first, never });
  }
  const none: readonly AlertLine[] = [];
  const healthy = workerCrashes.judge(
    runOf([{ name: 'hft', ledger, toMs }], { server: serverOf(toMs, () => ({}), { alerts: none }) }),
  );
  assert.deepEqual([healthy.status, ...toldOf(workerCrashes, healthy)], ['pass']);
});

test('a server that did not come back after the restart is told of the restart', () => {
  const run = runOf([{ name: 'hft', ledger, toMs }], { server: serverOf(toMs, () => ({})) });
  const restarted = (backAtUs: number | null): Judgement =>
    workerCrashes.judge({
      ...run,
      manifest: {
        ...run.manifest,
        restart: {
          ...{ scenario: 'hft', askedAtUs: startUs + 20_000_000, endedAtUs: startUs + 21_000_000 },
          ...{ exitCode: 0, backAtUs },
        },
      },
    });
  assertAdvice(workerCrashes, restarted(null), {
    first: /^the restart: does its command/,
    never: /SIGKILL|OOM|except/,
  });
  assert.deepEqual(toldOf(workerCrashes, restarted(startUs + 22_000_000)), []);
});

test('each piece of the advice is said once', () => {
  assert.equal(new Set(crashAdvice).size, crashAdvice.length);
});
