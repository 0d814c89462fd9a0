import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryAdvice } from '../../analysis/rules/memory-advice.ts';
import { memoryGrowth } from '../../analysis/rules/memory-growth.ts';
import { memoryLeak } from '../../analysis/rules/memory-leak.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { AlertLine, ProcessSample } from '../../contract/journal/journal.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { judgeMemory, type MemoryRun } from '../fixtures/memory-run.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

const MB = 1e6;
const connections = /Redis connections|connection pool/;

function leakOf(perRequest: number, made: Partial<MemoryRun> = {}): Judgement {
  return judgeMemory({ memory: (requests) => ({ rss: 80 * MB + requests * perRequest }), random: seeded(3), ...made });
}

test('a leak is told of by what is known of the garbage, and by the runtime', () => {
  assertAdvice(memoryLeak, leakOf(200_000), { first: /^the collector: does memory fall/, never: connections });
  const collected = leakOf(200_000, { isCollected: true });
  assertAdvice(memoryLeak, collected, { first: /^caches and in-memory maps/, never: /^the collector/ });
  const tools = /heap snapshots|tracemalloc/;
  assert.match(toldOf(memoryLeak, collected)[1] ?? '', /heap snapshots/);
  // The root of the fixture is one of Node.
  const mixed = leakOf(200_000, { isCollected: true, label: 'python3 gunicorn' });
  assertAdvice(memoryLeak, mixed, { first: /^caches and in-memory maps/, never: tools });
  assert.deepEqual(toldOf(memoryLeak, leakOf(0)), []);
});

test('growth that replacing workers hides is told of that', () => {
  const judgement = leakOf(300_000, { perCycle: 200, workers: 4, livesCycles: 6, random: seeded(6) });
  assert.equal(judgement.status, 'warn', judgement.summary);
  assertAdvice(memoryLeak, judgement, { first: /^workers are replaced before/, never: connections });
});

interface Growing {
  readonly processes: (atMs: number) => readonly ProcessSample[];
  readonly alerts?: readonly AlertLine[];
}

function growthOf({ processes, alerts = [] }: Growing): Judgement {
  const ledger = ledgerOf(
    Array.from({ length: 300 }, (_, n) => ({ atMs: 1000 + n * 100, outcome: 'accepted' as const })),
  );
  const server = serverOf(32_000, (atMs) => ({ processes: processes(atMs) }), { alerts });
  return memoryGrowth.judge(runOf([{ name: 'sustained', ledger, toMs: 32_000 }], { server }));
}

test('growth under load is told of by what grew, by the runtime, and by what is held open', () => {
  const growing = (label: string, perSecond: number, fileDescriptors: (atMs: number) => number): Judgement =>
    growthOf({
      processes: (atMs) => [
        processOf({
          ...{ pid: 100, role: 'root', label, rssBytes: (100 + (atMs / 1000) * perSecond) * MB },
          fileDescriptors: fileDescriptors(atMs),
        }),
      ],
    });
  const runtimes: readonly (readonly [string, RegExp])[] = [
    ['node server.js', /heap snapshots/],
    ['python3 gunicorn', /tracemalloc/],
    ['gunicorn', /tracemalloc/],
    ['puma', /ObjectSpace/],
    ['php artisan', /static and global variables/],
  ];
  for (const [label, says] of runtimes) {
    const judgement = growing(label, 6, () => 30);
    assertAdvice(memoryGrowth, judgement, { first: /^work that is taken in faster/, never: connections });
    assert.match(toldOf(memoryGrowth, judgement)[1] ?? '', says, label);
  }
  const unknown = growing('server', 6, (atMs) => 30 + atMs / 100);
  assertAdvice(memoryGrowth, unknown, { first: /^work that is taken in faster/, never: /snapshots|dumps|tracemalloc/ });
  assert.match(toldOf(memoryGrowth, unknown).join('\n'), connections);
  assert.deepEqual(
    toldOf(
      memoryGrowth,
      growing('node server.js', 0, () => 30),
    ),
    [],
  );
});

test('more processes, and an end for want of memory, are told of as such', () => {
  const more = growthOf({
    processes: (atMs) =>
      Array.from({ length: 40 + Math.floor(atMs / 300) }, (_, nth) =>
        processOf({ pid: 100 + nth, label: 'apache2', rssBytes: (4 + atMs / 4000) * MB }),
      ),
  });
  assert.match(toldOf(memoryGrowth, more).join('\n'), /^processes: how many does the server start/m);
  const ended = growthOf({
    processes: (atMs) => [
      processOf({
        ...{ pid: 100 + Math.floor(atMs / 10_000), role: 'root' },
        rssBytes: (atMs % 10_000 < 8000 ? 30 : 150) * MB,
      }),
    ],
    alerts: [100, 101].map((pid) => ({
      ...{ atUs: startUs + (pid - 99) * 10_000_000, alert: 'end-in-log', message: '', means: 'crash' },
      ...{ ...saying('was killed by the kernel for want of memory (OOM)'), pid, startTicks: pid * 10 },
    })),
  });
  assertAdvice(memoryGrowth, ended, { first: /^the limit of memory for a process/, never: /stood still|collector/ });
});

test('each piece of the advice is said once', () => {
  const texts = memoryAdvice.map((line) => (typeof line === 'string' ? line : line.text));
  assert.equal(new Set(texts).size, texts.length);
});
