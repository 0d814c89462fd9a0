import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryGrowth } from '../../analysis/rules/memory-growth.ts';
import { memoryLeak } from '../../analysis/rules/memory-leak.ts';
import { theilSen, wilson } from '../../analysis/statistics.ts';

import type { Status } from '../../contract/report/criteria.ts';
import { normal, seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { saying } from '../fixtures/saying.ts';

const megabyte = 1e6;

/** Sustained load from 1 s to 31 s, with memory as `bytesAt` says. */
function growth(bytesAt: (atMs: number) => number): { status: Status; summary: string } {
  const ledger = ledgerOf(
    Array.from({ length: 300 }, (_, n) => ({ atMs: 1000 + n * 100, outcome: 'accepted' as const })),
  );
  const server = serverOf(32_000, (atMs) => ({
    processes: [processOf({ pid: 100, role: 'root', rssBytes: bytesAt(atMs) })],
  }));
  return memoryGrowth.judge(runOf([{ name: 'sustained', ledger, toMs: 32_000 }], { server }));
}

test('memory growth: its bounds, and warm-up does not count', () => {
  const random = seeded(3);
  const noise = (): number => normal(random) * 2 * megabyte;
  const cases: readonly (readonly [string, (atMs: number) => number, Status])[] = [
    ['flat', () => 100 * megabyte + noise(), 'pass'],
    ['40 MB', (atMs) => 100 * megabyte + (atMs / 32_000) * 40 * megabyte + noise(), 'pass'],
    ['90 MB', (atMs) => 100 * megabyte + (atMs / 32_000) * 110 * megabyte + noise(), 'warn'],
    ['150 MB', (atMs) => 100 * megabyte + (atMs / 32_000) * 200 * megabyte + noise(), 'fail'],
    ['a step in warm-up', (atMs) => (atMs < 4_000 ? 50 : 250) * megabyte + noise(), 'pass'],
    ['a spike in the middle', (atMs) => (atMs > 15_000 && atMs < 17_000 ? 400 : 100) * megabyte + noise(), 'pass'],
    ['shrinking', (atMs) => 300 * megabyte - (atMs / 32_000) * 150 * megabyte + noise(), 'pass'],
  ];
  for (const [name, bytesAt, expected] of cases) {
    const judgement = growth(bytesAt);
    assert.equal(judgement.status, expected, `${name}: ${judgement.summary}`);
  }
});

test('memory growth: a server that is killed for want of memory, and started again, does not pass', () => {
  const judged = (grownMegabytes: number, cause: string) => {
    const ledger = ledgerOf(
      Array.from({ length: 300 }, (_, n) => ({ atMs: 1000 + n * 100, outcome: 'accepted' as const })),
    );
    const startTicks = (pid: number): number => pid * 10;
    const server = serverOf(
      32_000,
      (atMs) => {
        const [life, sinceMs] = [Math.floor(atMs / 10_000), atMs % 10_000];
        const pid = 100 + life;
        const rssBytes = (30 + (sinceMs < 8000 ? 0 : grownMegabytes)) * megabyte;
        return { processes: [processOf({ pid, startTicks: startTicks(pid), role: 'root', rssBytes })] };
      },
      {
        alerts: [100, 101].map((pid) => ({
          ...{ atUs: startUs + (pid - 99) * 10_000_000, alert: 'end-in-log', message: '', means: 'crash' },
          ...{ ...saying(cause), pid, startTicks: startTicks(pid) },
        })),
      },
    );
    return memoryGrowth.judge(runOf([{ name: 'sustained', ledger, toMs: 32_000 }], { server }));
  };
  const oom = 'was killed by the kernel for want of memory (OOM)';
  const { status, summary } = judged(120, oom);
  assert.equal(status, 'fail', summary);
  assert.match(
    summary,
    /^2 processes ended for want of memory, the first at 10\.\d s, after growing by up to 120 MB; /,
  );
  assert.equal(judged(60, 'was restarted by PM2: more memory than max-memory-restart').status, 'warn');
  assert.equal(judged(5, oom).status, 'inconclusive', 'it grew faster than it was seen');
  assert.equal(judged(5, 'was ended by SIGKILL').status, 'pass');
});

test('memory growth: more processes of a kind are told, and what grows within them is judged', () => {
  const judgedWith = (bytesOf: (nth: number, atMs: number) => number, label = 'apache2') => {
    const ledger = ledgerOf(
      Array.from({ length: 300 }, (_, n) => ({ atMs: 1000 + n * 100, outcome: 'accepted' as const })),
    );
    const server = serverOf(32_000, (atMs) => ({
      processes: Array.from({ length: 40 + Math.floor(atMs / 300) }, (_, nth) =>
        processOf({ pid: 100 + nth, label: nth < 80 ? 'apache2' : label, rssBytes: bytesOf(nth, atMs) }),
      ),
    }));
    return memoryGrowth.judge(runOf([{ name: 'sustained', ledger, toMs: 32_000 }], { server }));
  };
  const steady = judgedWith(() => 4 * megabyte);
  assert.equal(steady.status, 'pass', steady.summary);
  assert.match(
    steady.summary,
    /^\+\d+ MB over \d+ s of sustained load: \+0\.0 MB within the processes, and 1\d\d processes in place of \d\d$/,
  );
  assert.match(
    steady.evidence?.join() ?? '',
    /\d\d processes with 4\.0 MB each after warm-up, 1\d\d with 4\.0 MB each at the end/,
  );
  assert.equal(judgedWith((_, atMs) => (4 + atMs / 4000) * megabyte).status, 'fail', 'each leaks');
  assert.equal(
    judgedWith((nth, atMs) => (nth === 3 ? atMs / 100 : 4) * megabyte).status,
    'fail',
    'one of the old leaks',
  );
  assert.equal(judgedWith((nth, atMs) => (nth === 60 ? atMs / 50 : 4) * megabyte).status, 'fail', 'a new one leaks');
  assert.equal(judgedWith(() => 4 * megabyte, 'helper').status, 'fail', 'of another kind');
});

test('memory growth: a server that forks for each connection has what lives at one time, not all that came and went', () => {
  const judgedWith = (forkMegabytes: number) => {
    const ledger = ledgerOf(
      Array.from({ length: 300 }, (_, n) => ({ atMs: 1000 + n * 100, outcome: 'accepted' as const })),
    );
    const server = serverOf(32_000, (atMs) => ({
      processes: [
        processOf({ pid: 100, role: 'root', rssBytes: 10 * megabyte }),
        ...Array.from({ length: atMs < 12_000 ? 25 : 5 }, (_, nth) =>
          processOf({
            ...{ pid: 200 + atMs + nth, parentPid: 100, role: atMs < 12_000 ? 'worker' : 'helper' },
            rssBytes: (atMs < 12_000 ? 3 : forkMegabytes) * megabyte,
          }),
        ),
      ],
    }));
    return memoryGrowth.judge(runOf([{ name: 'sustained', ledger, toMs: 32_000 }], { server }));
  };
  const healthy = judgedWith(5);
  assert.equal(healthy.status, 'pass', healthy.summary);
  const large = judgedWith(30);
  assert.equal(large.status, 'fail', large.summary);
  assert.match(large.summary, /\+150 MB within the processes, and 6 processes in place of 26$/);
});

test('memory growth: too few samples at an edge are inconclusive', () => {
  const ledger = ledgerOf([
    { atMs: 0, outcome: 'accepted' },
    { atMs: 30_000, outcome: 'accepted' },
  ]);
  const judged = (machineCpuPercent: number) =>
    memoryGrowth.judge(
      runOf([{ name: 'sustained', ledger }], {
        server: serverOf(30_000, () => ({ machineCpuPercent }), { stepMs: 4_000 }),
      }),
    );
  const { status, summary } = judged(40);
  assert.equal(status, 'inconclusive');
  assert.match(summary, /^too few memory samples .* 3 needed$/);
  assert.match(
    judged(100).summary,
    /3 needed; the machine had no CPU to spare meanwhile, and the monitor sampled late$/,
  );
  assert.equal(memoryGrowth.judge(runOf([{ name: 'sustained', ledger }])).status, 'inconclusive');
});

test('memory growth: a server that ended has no memory, and no sample of it came late', () => {
  const ledger = ledgerOf([
    { atMs: 0, outcome: 'accepted' },
    { atMs: 30_000, outcome: 'failed' },
  ]);
  const server = serverOf(30_000, (atMs) => ({
    machineCpuPercent: atMs < 4000 ? 100 : 40,
    processes: atMs < 12_000 ? [processOf({ pid: 100, role: 'root' })] : [],
  }));
  const { status, summary } = memoryGrowth.judge(runOf([{ name: 'sustained', ledger }], { server }));
  assert.equal(status, 'inconclusive');
  assert.match(
    summary,
    /^too few memory samples .* \d+ and 0, 3 needed; in \d+ more samples the server had no process: see Worker crashes$/,
  );
});

const cycleMs = 4_000;
const loadMs = 1_250;
const cycles = 10;

/**
 * Ten cycles of 100 requests in two workers. `baseline` gives a worker's resident bytes after so many of its requests;
 * during load memory rises above it.
 */
function leak(
  baseline: (requests: number, worker: number) => number,
  random: () => number,
  {
    replacedAfter = Infinity,
    livesCycles = Infinity,
    collectionMs = () => null,
  }: {
    /** The first worker is another one from this cycle on. */
    readonly replacedAfter?: number;
    /** Both workers are recycled after so many. */
    readonly livesCycles?: number;
    readonly collectionMs?: (cycle: number) => number | null;
  } = {},
) {
  const requests: MadeRequest[] = [];
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    for (let n = 0; n < 100; n += 1) {
      requests.push({
        atMs: cycle * cycleMs + n * (loadMs / 100),
        outcome: 'accepted',
        phase: `cycle_${cycle}`,
      });
    }
  }
  const server = serverOf(cycles * cycleMs, (atMs) => {
    const cycle = Math.min(cycles - 1, Math.floor(atMs / cycleMs));
    const within = Math.min(1, (atMs - cycle * cycleMs) / loadMs);
    const busy = within < 1 ? 8 * megabyte * random() : 0;
    return {
      processes: [
        processOf({ pid: 100, role: 'root', rssBytes: 50 * megabyte + random() * 0.1 * megabyte }),
        ...[0, 1].map((worker) => {
          const replaced = worker === 0 && cycle >= replacedAfter;
          const generation = Math.floor(cycle / livesCycles) || 0;
          const ofOwn = replaced ? cycle - replacedAfter : Number.isFinite(livesCycles) ? cycle % livesCycles : cycle;
          const served = ofOwn * 50 + within * 50;
          return processOf({
            pid: replaced ? 201 : 101 + worker + 2 * generation,
            rssBytes: Math.round(baseline(served, worker) + busy + normal(random) * 0.15 * megabyte),
          });
        }),
      ],
    };
  });
  const run = runOf([{ name: 'memory-leak', ledger: ledgerOf(requests), toMs: cycles * cycleMs }], { server });
  const { startedAtUs } = run.manifest;
  const collections = Array.from({ length: cycles }, (_, cycle) => ({
    atUs: startedAtUs + (cycle * cycleMs + loadMs + 50) * 1000,
    tookMs: collectionMs(cycle),
    failure: null,
  })).flatMap(({ tookMs, ...rest }) => (tookMs === null ? [] : [{ ...rest, tookMs }]));
  return memoryLeak.judge({ ...run, manifest: { ...run.manifest, collections } });
}

test('memory leak: rests that a collection outlasts say nothing, and that is said', () => {
  const flat = (): number => 80 * megabyte;
  const whole = leak(flat, seeded(1), { collectionMs: () => 300 });
  assert.equal(whole.status, 'pass', whole.summary);
  const slow = leak(flat, seeded(1), {
    collectionMs: (cycle) => ([0, 1, 5].includes(cycle) ? 3_100 + cycle : 300),
  });
  assert.equal(slow.status, 'inconclusive', slow.summary);
  assert.match(slow.summary, /in 3 of 10 rests the collection .* up to 3105 ms: raise LEAK_SETTLE_SECONDS$/);
});

test('memory leak: steady growth is one, warm-up, caches and steps are none', () => {
  const clean: readonly (readonly [string, (requests: number) => number])[] = [
    ['flat', () => 80 * megabyte],
    ['warm-up that fades', (requests) => (100 - 20 * Math.exp(-requests / 60)) * megabyte],
    ['a cache that fills and stops', (requests) => (80 + Math.min(10, requests / 20)) * megabyte],
    ['one step of the allocator', (requests) => (requests > 240 ? 96 : 80) * megabyte],
    ['the creep of a healthy allocator', (requests) => 80 * megabyte + requests * 4_000],
    ['slowly shrinking', (requests) => (90 - requests / 100) * megabyte],
  ];
  let falseAlarms = 0;
  for (const [name, baseline] of clean) {
    for (let seed = 1; seed <= 100; seed += 1) {
      const { status, summary } = leak(baseline, seeded(seed));
      if (status === 'fail') falseAlarms += 1;
      assert.notEqual(status, 'fail', `${name}, seed ${seed}: ${summary}`);
    }
  }
  assert.equal(falseAlarms, 0);
  for (const bytesPerRequest of [30_000, 65_536, 200_000]) {
    for (let seed = 1; seed <= 50; seed += 1) {
      const { status, summary } = leak((requests) => 80 * megabyte + requests * bytesPerRequest, seeded(seed));
      assert.equal(status, 'fail', `${bytesPerRequest} bytes a request, seed ${seed}: ${summary}`);
    }
  }
});

/** Baselines in MB of healthy Node workers, started cold before a memory-leak run with real Redis and PostgreSQL; they were measured. */
const measured = [
  [79.2, 73.0, 74.1, 74.1, 75.4, 75.6, 76.9, 76.5, 77.7, 78.5],
  [88.0, 80.5, 81.6, 81.7, 83.0, 81.6, 82.1, 83.4, 84.2, 86.0],
  [83.7, 78.3, 75.4, 74.6, 75.9, 75.3, 75.7, 77.4, 77.7, 79.6],
  [80.7, 80.9, 78.9, 75.1, 76.0, 76.2, 76.3, 77.3, 78.0, 79.0],
  [83.7, 76.9, 78.6, 78.6, 79.7, 79.6, 79.8, 80.3, 81.9, 82.7],
];

test('memory leak: what was resident before and fills up with garbage again is none, with a leak on top it is', () => {
  for (const baselines of measured) {
    const settled = (requests: number, extra: number): number =>
      (baselines[Math.min(cycles - 1, Math.max(0, Math.ceil(requests / 50) - 1))] ?? 0) * megabyte + requests * extra;
    for (const [bytesPerRequest, expected] of [
      [0, 'pass'],
      [64 * 1024, 'fail'],
    ] as const) {
      const { status, summary, evidence } = leak((requests) => settled(requests, bytesPerRequest), seeded(7));
      assert.equal(status, expected, `${bytesPerRequest}: ${summary}\n${evidence?.join('\n')}`);
    }
  }
});

test('memory leak: a replaced worker begins a series of its own', () => {
  const flatAfterDrop = leak(() => 80 * megabyte, seeded(11), { replacedAfter: 5 });
  assert.notEqual(flatAfterDrop.status, 'fail');
  const leaking = leak((requests) => 80 * megabyte + requests * 200_000, seeded(12), { replacedAfter: 5 });
  assert.equal(leaking.status, 'fail');
});

test('memory leak: workers that are recycled before anything can be told leave it open, whether or not they leak', () => {
  for (const perRequest of [0, 65_536]) {
    const { status, summary } = leak((requests) => 80 * megabyte + requests * perRequest, seeded(3), {
      livesCycles: 3,
    });
    assert.equal(status, 'inconclusive', summary);
    assert.match(
      summary,
      /^no worker lived through the 8 rests that a verdict needs: 8 workers began or ended meanwhile/,
    );
  }
});

test('memory leak: the smallest leak that could have been seen is said', () => {
  const { status, summary } = leak(() => 80 * megabyte, seeded(5));
  assert.equal(status, 'pass');
  assert.match(summary, /smallest leak that this run could have seen is [\d.]+ kB per request/);
});

test('memory leak: what is accused is no less than the smallest leak that is said to be visible', () => {
  let accused = 0;
  for (const bytesPerRequest of [9_000, 10_000, 11_000, 12_000, 13_000]) {
    for (let seed = 1; seed <= 60; seed += 1) {
      const { status, measures = [] } = leak((requests) => 80 * megabyte + requests * bytesPerRequest, seeded(seed));
      const value = (of: string) => measures.find(({ name }) => name === of)?.value ?? Number.NaN;
      if (status !== 'fail') continue;
      accused += 1;
      const [smallest, found] = [value('smallest-visible-leak'), value('leaked-per-request')];
      assert.ok(smallest <= found, `${found} bytes are accused, and the least that is visible is ${smallest}`);
    }
  }
  assert.ok(accused > 20, String(accused));
});

test('memory leak: without samples, or with too few cycles, inconclusive', () => {
  const ledger = ledgerOf([{ atMs: 0, outcome: 'accepted', phase: `cycle_${0}` }]);
  assert.equal(memoryLeak.judge(runOf([{ name: 'memory-leak', ledger }])).status, 'inconclusive');
  assert.equal(
    memoryLeak.judge(runOf([{ name: 'memory-leak', ledger }], { server: serverOf(5_000) })).status,
    'inconclusive',
  );
});

test('Theil–Sen recovers a slope among outliers, and its interval covers it', () => {
  const random = seeded(21);
  let covered = 0;
  for (let round = 0; round < 400; round += 1) {
    const line = theilSen(Array.from({ length: 10 }, (_, x) => 5 + 2 * x + normal(random)));
    if (line !== null && line.low <= 2 && 2 <= line.high) covered += 1;
  }
  assert.ok(covered >= 370, `covered ${covered} of 400`);
  const withOutlier = theilSen([0, 2, 4, 6, 800, 10, 12, 14, 16, 18]);
  assert.equal(withOutlier?.slope, 2);
  assert.equal(theilSen([1, 2, 3]), null);
});

test('Wilson: known values', () => {
  const { low, high } = wilson(95, 100);
  assert.equal(low.toFixed(4), '0.8882');
  assert.equal(high.toFixed(4), '0.9785');
  assert.deepEqual(wilson(0, 0), { low: 0, high: 1 });
  for (const n of [20, 100, 5311]) {
    assert.equal(wilson(0, n).low, 0, 'no rounding error beside nought');
    assert.equal(wilson(n, n).high, 1);
  }
});
