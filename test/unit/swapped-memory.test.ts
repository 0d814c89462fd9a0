import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryGrowth } from '../../analysis/rules/memory-growth.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { ProcessSample } from '../../contract/journal/journal.ts';
import { judgeMemory } from '../fixtures/memory-run.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf } from '../fixtures/run.ts';

const MB = 1e6;
const kB = 1e3;

test('memory leak: what the kernel swaps out is not freed', () => {
  const {
    status,
    summary,
    measures = [],
  } = judgeMemory({
    ...{ random: seeded(1), workers: 1 },
    memory: (requests) => ({ rss: 80 * MB, swap: requests * 100 * kB }),
  });
  assert.equal(status, 'fail', summary);
  const leaked = measures.find(({ name }) => name === 'leaked-per-request')?.value ?? 0;
  assert.ok(Math.abs(leaked - 100 * kB) < 10 * kB, String(leaked));
});

test('memory leak: pages that are swapped out, and only those, are no growth', () => {
  const { status, summary } = judgeMemory({
    ...{ random: seeded(1) },
    memory: (requests) => ({ rss: 120 * MB - requests * 100 * kB, swap: requests * 100 * kB }),
  });
  assert.equal(status, 'pass', summary);
});

test('memory leak: a leak that is swapped out later in the run was not given back', () => {
  const leak = { random: seeded(1), workers: 1 };
  const leaked = (requests: number): number => requests * 100 * kB;
  const swapped = judgeMemory({
    ...leak,
    memory: (requests, _, isAfter) =>
      isAfter ? { rss: 80 * MB, swap: leaked(requests) } : { rss: 80 * MB + leaked(requests) },
  });
  assert.equal(swapped.status, 'fail', swapped.summary);
  const freed = judgeMemory({
    ...leak,
    memory: (requests, _, isAfter) => ({ rss: 80 * MB + (isAfter ? 0 : leaked(requests)) }),
  });
  assert.match(freed.summary, /it gave back/);
});

const requests = Array.from(
  { length: 300 },
  (_, n): MadeRequest => ({
    ...{ atMs: n * 100, outcome: 'accepted' },
    phase: 'sustained',
  }),
);

/** 30 s of sustained load, in which `of` says what the worker has. */
function grown(of: (atMs: number) => Partial<ProcessSample>, memoryLimitBytes?: number) {
  const made = serverOf(30_000, (atMs) => ({ processes: [processOf({ pid: 101, ...of(atMs) })] }));
  const limit = memoryLimitBytes === undefined ? {} : { memoryLimitBytes };
  const server = { ...made, identity: { ...made.identity, ...limit, memorySource: 'pss' as const } };
  return memoryGrowth.judge(runOf([{ name: 'sustained', ledger: ledgerOf(requests), toMs: 30_000 }], { server }));
}

test('memory growth: what is swapped out counts, and not towards the limit of what is resident', () => {
  const growing = grown((atMs) => ({ swapBytes: atMs * 6000, swapPssBytes: atMs * 6000 }));
  assert.equal(growing.status, 'fail', growing.summary);
  const calm = (atMs: number) => ({ pssBytes: 60 * MB + atMs * 100, swapBytes: 300 * MB, swapPssBytes: 300 * MB });
  const { status, summary } = grown(calm, 256 * MB);
  assert.equal(status, 'pass', summary);
});

test('the last minute of a process shows what is swapped out, also where its proportional memory is not known', () => {
  const highest = (memory: Partial<ProcessSample>): number => {
    const worker = processOf({ pid: 101, parentPid: 100, connections: 1, ...memory });
    const made = serverOf(30_000, (atMs) => ({
      processes: [processOf({ pid: 100, role: 'root' }), ...(atMs < 15_000 ? [worker] : [])],
    }));
    const server = { ...made, identity: { ...made.identity, memorySource: 'pss' as const } };
    const cut: MadeRequest = { atMs: 14_500, tookMs: 480, outcome: 'failed', status: 0, error: 1220 };
    const ledger = ledgerOf([...requests, cut]);
    const { pictures = [] } = workerCrashes.judge(runOf([{ name: 'sustained', ledger, toMs: 30_000 }], { server }));
    const [picture] = pictures;
    assert.ok(picture?.kind === 'end');
    return Math.max(...picture.memoryBytes.values.map((bytes) => bytes ?? 0));
  };
  const swap = { swapBytes: 200 * MB, swapPssBytes: 150 * MB };
  assert.equal(highest({ rssBytes: 80 * MB, pssBytes: null, ...swap }), 280 * MB);
  assert.equal(highest({ rssBytes: 80 * MB, pssBytes: 60 * MB, ...swap }), 210 * MB);
  assert.equal(highest({ rssBytes: 80 * MB, pssBytes: null }), 80 * MB);
});
