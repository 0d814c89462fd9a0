import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryGrowth } from '../../analysis/rules/memory-growth.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { ProcessFigures } from '../../contract/journal/journal.ts';
import { noFigures } from '../fixtures/memory-run.ts';
import { normal, seeded } from '../fixtures/random.ts';
import { ledgerOf, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

const megabyte = 1e6;
const [loadFromMs, loadToMs] = [1000, 31_000];

interface Made {
  /** Resident megabytes. */
  readonly rss: (atMs: number) => number;
  readonly label?: string;
  /** What its page says, in megabytes; without it there is no page. */
  readonly heap?: (atMs: number) => { readonly inUse: number; readonly live?: number; readonly collections?: number };
  /** Of the heap that the runtime has taken of the system, in megabytes. */
  readonly held?: (atMs: number) => number;
  readonly waits?: readonly string[];
  /** How long the run goes on after the load. */
  readonly afterMs?: number;
  readonly seed?: number;
}

/** A server of one process, under 30 s of sustained load. */
function judged({
  rss,
  label = 'java',
  heap,
  held = () => 400,
  waits = [],
  afterMs = 1000,
  seed = 1,
}: Made): Judgement {
  const random = seeded(seed);
  const toMs = loadToMs + afterMs;
  const server = serverOf(toMs, (atMs) => {
    const bytes = Math.round((rss(atMs) + normal(random)) * megabyte);
    return { processes: [processOf({ pid: 100, role: 'root', label, rssBytes: bytes, pssBytes: bytes })] };
  });
  const figuresAt = (atMs: number): readonly ProcessFigures[] => {
    const told = heap?.(atMs);
    if (told === undefined) return [];
    const { inUse, live, collections } = told;
    return [
      {
        ...{ ...noFigures, runtime: 'jvm' as const, heapBytes: inUse * megabyte, heldBytes: held(atMs) * megabyte },
        ...{ liveBytes: live === undefined ? null : live * megabyte, collections: collections ?? null },
      },
    ];
  };
  const looks = Array.from({ length: Math.floor(toMs / 1000) }, (_, n) => ({
    ...{ metrics: 'page' as const, atUs: startUs + n * 1_000_000, latencyMs: 3, processes: figuresAt(n * 1000) },
  })).filter(({ processes }) => processes.length > 0);
  const collectors = waits.length === 0 ? [] : [{ ...collectorOf, waits: [...waits] }];
  const ledger = ledgerOf(
    Array.from({ length: 300 }, (_, n) => ({ atMs: loadFromMs + n * 100, outcome: 'accepted' as const })),
  );
  const metrics = { looks, failures: [], collectors };
  return memoryGrowth.judge(runOf([{ name: 'sustained', ledger, toMs: loadToMs }], { server: { ...server, metrics } }));
}

const collectorOf = { metrics: 'collector' as const, atUs: startUs, pid: 100, startTicks: 1000 };

/** As com.sun.net.httpserver with 200 kB of garbage a request was seen: it grows until its collector runs, and stands still. */
const lazy = (atMs: number): number => 55 + Math.min(240, atMs / 65);
const growing = (atMs: number): number => 55 + atMs / 130;
/** Its heap, garbage included, is emptied every 12 s. */
const emptied = (atMs: number) => ({ inUse: 5 + (atMs % 12_000) / 55 });
/** What lives grows, and garbage is taken every 3 s. */
const keeping = (atMs: number) => ({ inUse: 5 + atMs / 150 + (atMs % 3000) / 100 });

test('memory growth: of a JVM alone it may be garbage, and of any other runtime it is growth', () => {
  for (const label of ['java', 'java -jar app.jar', 'dotnet app.dll']) {
    for (const rss of [lazy, growing]) {
      const { status, summary, evidence = [] } = judged({ rss, label });
      assert.equal(status, 'inconclusive', `${label}: ${summary}`);
      assert.match(
        summary,
        /of sustained load: a leak, or garbage: this runtime collects only when its limit is near$/,
      );
      assert.match(evidence.at(-1) ?? '', /run memory-leak after it with monitoring\.collect.*-Xmx.*SUSTAINED_SECONDS/);
    }
  }
  assert.equal(judged({ rss: lazy, label: 'node server.js' }).status, 'fail');
  assert.equal(judged({ rss: growing, label: 'python3 app.py' }).status, 'fail');
  assert.equal(judged({ rss: () => 100 }).status, 'pass');
  const waiting = judged({ rss: growing, label: 'goserver', waits: ['GOGC=off'] });
  assert.equal(waiting.status, 'inconclusive', waiting.summary);
  assert.match(waiting.summary, /its collector is told to wait \(GOGC=off\)/);
});

test('memory growth: a JVM whose heap was nearly empty in between passes, and one whose heap falls to more and more fails', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const healthy = judged({ rss: lazy, heap: emptied, seed });
    assert.equal(healthy.status, 'pass', healthy.summary);
    assert.match(healthy.summary, /[\d.]+ MB of it is not a leak: its heap, garbage included, was down to \d+\.\d MB/);
    const leaking = judged({ rss: growing, heap: keeping, seed });
    assert.equal(leaking.status, 'fail', leaking.summary);
    assert.match(leaking.summary, /its heap fell to 1\d\d MB more at the end of the load than after warm-up/);
  }
});

test('memory growth: the heap of a JVM after collections decides', () => {
  const collected = (live: (atMs: number) => number, held = (atMs: number) => 100 + atMs / 130) =>
    judged({
      ...{ rss: growing, held },
      heap: (atMs) => ({ inUse: live(atMs) + 40, live: live(atMs), collections: Math.floor(atMs / 2000) }),
    });
  const leaking = collected((atMs) => 5 + Math.floor(atMs / 2000) * 15);
  assert.equal(leaking.status, 'fail', leaking.summary);
  assert.match(leaking.summary, /its heap grew by \d+ MB after collections/);
  const healthy = collected(() => 5);
  assert.equal(healthy.status, 'pass', healthy.summary);
  const little = collected((atMs) => 5 + Math.floor(atMs / 2000) * 1.5);
  assert.equal(little.status, 'pass', 'the rest is garbage, and 20 MB are within the bounds');
  // What a heap of one size has room for may lie in native memory.
  for (const live of [() => 5, (atMs: number) => 5 + Math.floor(atMs / 2000) * 1.5]) {
    const open = collected(live, () => 400);
    assert.equal(open.status, 'inconclusive', open.summary);
    assert.match(open.summary, /a leak outside the heap, or pages of the heap that are touched for the first time/);
    assert.match(open.evidence?.at(-1) ?? '', /^to tell a leak outside the heap from pages .*AlwaysPreTouch/);
  }
});

test('memory growth: in room of a heap it is none if it ended, and open if it went on, whatever the runtime', () => {
  const judgedAs = (label: string, rss: (atMs: number) => number) =>
    judged({ rss, label, heap: () => ({ inUse: 45, live: 5, collections: 1 }) });
  for (const label of ['java', 'node server.js']) {
    const ended = judgedAs(label, (atMs) => 55 + Math.min(120, atMs / 100));
    assert.equal(ended.status, 'pass', ended.summary);
    assert.equal(judgedAs(label, growing).status, 'inconclusive', label);
  }
});

test('memory growth: outside the heap of a JVM, or in a process of another kind beside it, it is growth', () => {
  const outside = judged({ rss: growing, heap: () => ({ inUse: 20, live: 10, collections: 0 }), held: () => 30 });
  assert.equal(outside.status, 'fail', outside.summary);
  const ledger = ledgerOf(
    Array.from({ length: 300 }, (_, n) => ({ atMs: loadFromMs + n * 100, outcome: 'accepted' as const })),
  );
  const beside = (rss: (atMs: number) => number) => {
    const server = serverOf(loadToMs + 1000, (atMs) => ({
      processes: [
        processOf({ pid: 100, role: 'root', label: 'java', rssBytes: lazy(atMs) * megabyte }),
        processOf({ pid: 101, label: 'node worker.js', rssBytes: rss(atMs) * megabyte }),
      ],
    }));
    return memoryGrowth.judge(runOf([{ name: 'sustained', ledger, toMs: loadToMs }], { server })).status;
  };
  assert.equal(beside(growing), 'fail');
  assert.equal(
    beside(() => 60),
    'inconclusive',
  );
});

test('memory growth: what a JVM gave back later in the run was garbage', () => {
  const until = (rest: number) => (atMs: number) => (atMs > loadToMs + 2000 ? rest : lazy(atMs));
  const back = judged({ rss: until(70), afterMs: 10_000 });
  assert.equal(back.status, 'pass', back.summary);
  assert.match(back.summary, /it gave back \d+ MB of \d+ MB later in the run/);
  assert.equal(judged({ rss: until(260), afterMs: 10_000 }).status, 'inconclusive');
});
