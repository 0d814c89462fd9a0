import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { ServerSampleLine } from '../../contract/journal/journal.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf } from '../fixtures/run.ts';

const requests: readonly MadeRequest[] = Array.from({ length: 200 }, (_, n) => ({
  atMs: n * 100,
  outcome: 'accepted',
}));

/** Worker 102 ends before 5 s, and its master at `masterEndsMs`. */
function judged(label: string, masterEndsMs = Number.POSITIVE_INFINITY, more: readonly MadeRequest[] = []) {
  const root = processOf({ pid: 100, role: 'root', label });
  const child = (pid: number) => processOf({ pid, parentPid: 100 });
  const make = (atMs: number): Partial<ServerSampleLine> => ({
    processes: [
      ...(atMs < masterEndsMs ? [root, child(101)] : []),
      ...(atMs < 5000 ? [child(102)] : atMs < masterEndsMs ? [child(103)] : []),
    ],
  });
  const ledger = ledgerOf([...requests, ...more]);
  return workerCrashes.judge(runOf([{ name: 'hft', ledger, toMs: 20_000 }], { server: serverOf(20_000, make) }));
}

test('a worker of Hypercorn that ends alone had exited with 0; one that takes its master along had not', () => {
  assert.equal(judged('python3 hypercorn').status, 'pass');
  assert.equal(judged('python3 hypercorn', 6000).status, 'fail');
  const cutOff: MadeRequest = { atMs: 3000, tookMs: 1900, outcome: 'failed', status: 0, error: 1220 };
  assert.equal(judged('python3 hypercorn', undefined, [cutOff]).status, 'fail');
});

test('a master that says nothing and lives on in any case proves nothing', () => {
  assert.equal(judged('python3 prefork.py').status, 'inconclusive');
});
