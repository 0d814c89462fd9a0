import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sizesFromSettings } from '../../contract/plan/sizes.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { judgeMemory } from '../fixtures/memory-run.ts';
import { memoryShapes } from '../fixtures/memory-shapes.ts';
import { seeded } from '../fixtures/random.ts';

const seeds = Array.from({ length: 3 }, (_, n) => n + 1);

for (const shape of memoryShapes) {
  test(`memory shape: ${shape.name}`, () => {
    const wrong: string[] = [];
    for (const seed of seeds) {
      const random = seeded(seed);
      const { status, summary, evidence = [] } = judgeMemory({ ...shape, memory: shape.memory(random), random });
      const told = `${status}: ${summary}\n  ${evidence.join('\n  ')}`;
      if (shape.truth === 'leak' && status !== 'fail') wrong.push(told);
      if (shape.truth === 'clean' && status === 'fail') wrong.push(told);
      if (shape.truth !== 'either') continue;
      assert.notEqual(status, 'pass', told);
      assert.match(summary, /garbage|keys/, told);
      const other = summary.includes('keys of signals')
        ? /to tell a leak from keys/
        : /to tell a leak from a collector/;
      assert.match(told, other, told);
    }
    assert.deepEqual(wrong.slice(0, 1), [], `${wrong.length} of ${seeds.length}`);
  });
}

test('memory: the thorough size sees a leak of 1 kB per request, and finds one of 2 kB', () => {
  const { sizes } = sizesFromSettings({ SIZE: 'thorough' });
  for (const workers of [1, 4]) {
    const judged = (bytesPerRequest: number) => {
      const memory = (requests: number) => ({ rss: 80e6 + requests * bytesPerRequest });
      const perCycle = sizes.LEAK_REQUESTS / sizes.LEAK_CYCLES;
      return judgeMemory({ memory, workers, perCycle, cycles: sizes.LEAK_CYCLES, random: seeded(workers) });
    };
    const { status, measures = [], summary } = judged(0);
    const smallest = measures.find(({ name }) => name === 'smallest-visible-leak')?.value ?? Infinity;
    assert.equal(status, 'pass', summary);
    assert.ok(smallest <= 1_000, `${workers} workers: ${smallest} bytes`);
    assert.equal(judged(2_000).status, 'fail', `${workers} workers`);
  }
});

test('memory: a heap that was collected unevenly does not hide what resident memory shows', () => {
  const { status, summary } = judgeMemory({
    random: seeded(1),
    workers: 1,
    memory: (requests) => {
      const cycle = Math.floor(requests / 100);
      const heapBytes = cycle === 8 ? 35e6 : 22e6;
      return { rss: 60e6, heap: { heapBytes, collections: cycle } };
    },
  });
  assert.equal(status, 'pass', summary);
});

// Found in CI: a healthy backend on a full machine, whose page was read seldom, "leaked 5.3 kB per request, after a collection in each rest".
test('memory: few and unsteady values of a heap, beside resident memory that grows, accuse nobody', () => {
  const judged = (heapBytes: (cycle: number) => number, heldPerRequest = 0) =>
    judgeMemory({
      random: seeded(1),
      workers: 1,
      isCollected: true,
      memory: (requests) => {
        const cycle = Math.floor(requests / 100);
        // The page tells a collection in every other cycle alone.
        return {
          rss: 60e6 + requests * 8_000,
          heap: {
            heapBytes: heapBytes(cycle),
            heldBytes: 30e6 + requests * heldPerRequest,
            collections: Math.floor(cycle / 2),
          },
        };
      },
    });
  const band = (cycle: number) => 15.4e6 + (cycle % 4 === 0 ? 0.9e6 : 0);
  const narrow = judged(band, 8_000);
  assert.equal(narrow.status, 'pass', narrow.summary);
  assert.match(narrow.summary, /the runtime took it for its own heap, on which nothing leaks/);
  // A heap of one size has room for it, and so has native code.
  assert.equal(judged(band).status, 'inconclusive');
  const unsteady = judged((cycle) => (cycle % 4 === 0 ? 15e6 : 19.5e6));
  assert.equal(unsteady.status, 'inconclusive', unsteady.summary);
  assert.match(unsteady.summary, /a leak, or memory that its runtime keeps/);
  const leaking = judged((cycle) => 15e6 + cycle * 0.8e6);
  assert.equal(leaking.status, 'fail', leaking.summary);
});

test('what may be a leak or keys is told apart by a shorter TTL, as the finding says', () => {
  // A cycle of 4 s: ten of them, with what is left of the leak, or of the keys of the last 8 s.
  const judged = (ttlMs: number | null, isLeak: boolean) => {
    const keys = { kind: 'ttl' as const, ttlMs, order: 'before-limiter' as const, repeatRefreshes: false };
    const profile = { ...builtInProfiles.embedded, idempotency: keys };
    const held = (requests: number): number => (isLeak || ttlMs === null ? requests : Math.min(requests, 1000));
    return judgeMemory({
      ...{ profile, random: seeded(1), perCycle: 1_000 },
      memory: (requests) => ({ rss: 80e6 + held(requests) * 2_400 }),
    });
  };
  const open = judged(null, false);
  assert.equal(open.status, 'inconclusive', open.summary);
  const [tell = ''] = open.evidence?.slice(-1) ?? [];
  assert.match(tell, /^to tell a leak from keys: let the server keep keys for less than (\d+) s in one run/);
  assert.doesNotMatch(open.evidence?.join() ?? '', /collect/);
  const shorterMs = Number(/below (\d+)/.exec(tell)?.[1] ?? 0);
  assert.ok(shorterMs > 8_000, tell);
  assert.equal(judged(8_000, true).status, 'fail');
  assert.equal(judged(8_000, false).status, 'pass');
});

test('memory: a JVM with a page and a collection in each rest is judged by what the collections leave', () => {
  const judged = (bytesPerRequest: number, isCounted: boolean) =>
    judgeMemory({
      ...{ random: seeded(2), workers: 1, isCollected: true, label: 'java -jar app.jar' },
      memory: (requests) => {
        const cycles = isCounted ? Math.floor(requests / 100) : 0;
        return {
          rss: 150e6 + 60e6 * (1 - Math.exp(-requests / 150)) + requests * bytesPerRequest,
          heap: {
            ...{ runtime: 'jvm', heldBytes: 130e6, codeBytes: 30e6, collections: cycles },
            ...{ heapBytes: 30e6 + requests * bytesPerRequest, liveBytes: 20e6 + cycles * 100 * bytesPerRequest },
          },
        };
      },
    });
  for (const bytesPerRequest of [4_000, 12_000, 30_000, 100_000]) {
    const leaking = judged(bytesPerRequest, true);
    assert.equal(leaking.status, 'fail', leaking.summary);
    assert.match(leaking.summary, /on the runtime's own heap, after collections/);
  }
  assert.equal(judged(0, true).status, 'pass');
  const unseen = judged(30_000, false);
  assert.equal(unseen.status, 'inconclusive', unseen.summary);
});
