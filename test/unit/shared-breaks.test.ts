import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf } from '../fixtures/run.ts';

const toMs = 20_000;
const root = processOf({ pid: 100, role: 'root' });
const steady: readonly MadeRequest[] = Array.from({ length: 200 }, (_, n) => ({ atMs: n * 100, outcome: 'accepted' }));
const brokenAt = (atMs: number, count: number): readonly MadeRequest[] =>
  Array.from({ length: count }, () => ({ atMs: atMs - 500, tookMs: 490, outcome: 'failed', status: 0, error: 1220 }));

/** Workers that end at these times, of whom nothing says why, each replaced at once. */
function judged(endsMs: readonly number[], broken: readonly MadeRequest[]) {
  const at = (ms: number) =>
    endsMs.map((endMs, n) => processOf({ pid: (ms < endMs ? 200 : 600) + n, parentPid: 100, connections: 2 }));
  const server = serverOf(toMs, (ms) => ({ processes: [root, ...at(ms)] }));
  const ledger = ledgerOf([...steady, ...broken]);
  return workerCrashes.judge(runOf([{ name: 'hft', ledger, toMs }], { server }));
}

test('requests that broke off as many processes ended are told of all of them, and not of each', () => {
  const thirty = Array.from({ length: 30 }, () => 5000);
  const { status, summary, evidence = [], measures = [] } = judged(thirty, brokenAt(5000, 30));
  assert.equal(status, 'fail');
  assert.equal(measures.find(({ name }) => name === 'crashes')?.value, 30);
  assert.match(summary, /^30 crashes .*, and 30 requests broke off with it or with 29 others that ended then$/);
  assert.doesNotMatch([summary, ...evidence].join('\n'), /30 requests broke off with it(?! or)/);
});

test('requests that broke off as one process ended are told of that one', () => {
  const apart = judged([5000, 9000], [...brokenAt(5000, 2), ...brokenAt(9000, 3)]);
  assert.match(apart.summary, /^2 crashes /);
  for (const count of [2, 3])
    assert.match(apart.summary, new RegExp(`and ${count} requests broke off with it \\(1\\)`));
});
