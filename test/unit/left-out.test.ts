import assert from 'node:assert/strict';
import { test } from 'node:test';
import { descriptors } from '../../analysis/rules/descriptors.ts';
import { memoryGrowth } from '../../analysis/rules/memory-growth.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import { ledgerOf, processOf, runOf, serverOf } from '../fixtures/run.ts';

interface LeftOut {
  readonly unwatched?: string[];
  readonly aside?: string[];
}

/** Sustained load on a healthy server, beside which something was left out. */
function judged(leftOut: LeftOut, rssAt: (atMs: number) => number = () => 100e6) {
  const ledger = ledgerOf(
    Array.from({ length: 600 }, (_, n) => ({ atMs: 1000 + n * 50, outcome: 'accepted' as const })),
  );
  const server = serverOf(32_000, (atMs) => ({
    processes: [processOf({ pid: 100, role: 'root', rssBytes: rssAt(atMs), fileDescriptors: 20, connections: 1 })],
  }));
  const watched = { ...server, identity: { ...server.identity, ...leftOut } };
  const run = runOf([{ name: 'sustained', ledger, toMs: 32_000 }], { server: watched });
  return [workerCrashes, memoryGrowth, descriptors].map((rule) => ({ id: rule.id, ...rule.judge(run) }));
}

const other = 'node app.js (pid 7) has this name, too';

test('a server that was watched whole passes, and nothing is said of others', () => {
  for (const { id, status, evidence = [] } of judged({})) {
    assert.equal(status, 'pass', id);
    assert.doesNotMatch(evidence.join('\n'), /not watched/, id);
  }
});

test('what was left out of the same name is told beside what passes', () => {
  for (const { id, status, evidence = [] } of judged({ aside: [other] })) {
    assert.equal(status, 'pass', id);
    assert.ok(evidence.includes(`not watched: ${other}`), id);
  }
});

test('what was left out and may serve leaves crashes, memory and descriptors open; a fault of the rest stays', () => {
  for (const { id, status, evidence = [] } of judged({ unwatched: [other] })) {
    assert.equal(status, 'inconclusive', id);
    assert.match(evidence.join('\n'), /node app\.js \(pid 7\) has this name/, id);
  }
  const growing = judged({ unwatched: [other] }, (atMs) => 100e6 + atMs * 10_000);
  assert.equal(growing.find(({ id }) => id === 'memory-growth')?.status, 'fail');
});
