import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgeMemory, type MemoryRun } from '../fixtures/memory-run.ts';
import { memoryShapes } from '../fixtures/memory-shapes.ts';
import { seeded } from '../fixtures/random.ts';

const MB = 1e6;
const kB = 1e3;

/** Ten cycles of 200 requests in four workers, each of which is replaced after `livesCycles`. */
const judged = (bytes: (requests: number) => number, livesCycles: number, made: Partial<MemoryRun> = {}) =>
  judgeMemory({
    ...{
      memory: (requests) => ({ rss: bytes(requests) }),
      random: seeded(livesCycles),
      perCycle: 200,
      workers: 4,
      livesCycles,
    },
    ...made,
  });

test('replaced workers: a leak in each of them warns, with what each grew by', () => {
  for (const livesCycles of [4, 5, 6]) {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { status, summary } = judged((n) => 60 * MB + n * 300 * kB, livesCycles, { random: seeded(seed) });
      assert.equal(status, 'warn', `${livesCycles} cycles, seed ${seed}: ${summary}`);
    }
  }
  const { summary, measures = [], evidence = [] } = judged((n) => 60 * MB + n * 300 * kB, 6);
  assert.match(
    summary,
    /^growth is hidden by replacing workers: 7 workers were replaced, at 1\d\d MB \(min [\d.]+ MB, max 15\d MB\); each of \d that lived through three rests or more grew by \d\d\.\d MB \(min \d+\.\d MB, max 6\d\.\d MB\) over about 200 requests, about (29|30)\d\.\d kB per request; it does not fade: a leak, or garbage/,
  );
  const value = (of: string) => measures.find(({ name }) => name === of)?.value ?? Number.NaN;
  assert.equal(value('replaced-workers'), 7);
  assert.ok(Math.abs(value('grown-per-request') - 300 * kB) < 15 * kB, String(value('grown-per-request')));
  assert.ok(Number.isNaN(value('smallest-visible-leak')), 'what the idle master shows is no figure of the workers');
  assert.match(evidence.join('\n'), /worker \d+: settled memory .* MB; replaced at 15\d MB/);
  assert.match(evidence.join('\n'), /turn off for one run what replaces the workers/);
});

test('replaced workers: growth that fades in each life accuses nobody, and what they grew by is told', () => {
  const healthy: readonly (readonly [string, (requests: number) => number])[] = [
    ['flat', () => 80 * MB],
    ['warm-up that fades', (n) => (120 - 60 * Math.exp(-n / 60)) * MB],
    ['warm-up that fades late', (n) => (240 - 160 * Math.exp(-n / 120)) * MB],
    ['a cache that fills', (n) => (60 + Math.min(80, n * 0.5)) * MB],
    ['fragmentation that saturates', (n) => (80 + 100 * (n / (n + 80))) * MB],
    ['evenly, and no more than start-up takes', (n) => 80 * MB + n * 80 * kB],
  ];
  for (const [name, bytes] of healthy) {
    for (const livesCycles of [3, 4, 5, 6]) {
      for (let seed = 1; seed <= 20; seed += 1) {
        const { status, summary } = judged(bytes, livesCycles, { random: seeded(seed) });
        assert.equal(status, 'inconclusive', `${name}, ${livesCycles} cycles, seed ${seed}: ${summary}`);
        assert.match(
          summary,
          /^no worker lived through the 8 rests .* workers were replaced, at .* grew by .* per request/,
        );
      }
    }
  }
});

test('replaced workers: no shape of a healthy program is accused', () => {
  const wrong: string[] = [];
  for (const shape of memoryShapes.filter(({ truth }) => truth === 'clean')) {
    for (const livesCycles of [3, 4, 5, 6]) {
      const random = seeded(livesCycles);
      const { status, summary } = judgeMemory({
        ...shape,
        ...{ memory: shape.memory(random), random, perCycle: 200, workers: 4, livesCycles },
      });
      if (status === 'warn') wrong.push(`${shape.name}, ${livesCycles} cycles: ${summary}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('replaced workers: pages of the parent, and a collector that waits, leave it open', () => {
  const shared = judged(() => 0, 6, { memory: (n) => ({ rss: 40 * MB + n * 300 * kB, pss: 30 * MB }) });
  assert.equal(shared.status, 'inconclusive', shared.summary);
  const late = judged((n) => 150 * MB + n * 300 * kB, 6, { label: 'java -jar app.jar' });
  assert.equal(late.status, 'inconclusive', late.summary);
  assert.match(late.summary, /a leak, or garbage: this runtime collects only when its limit is near/);
});

test('replaced workers: one that does not grow speaks for the others', () => {
  const { status, summary } = judged(() => 0, 6, {
    memory: (n, worker) => ({ rss: 60 * MB + (worker === 0 ? n * 300 * kB : 0) }),
  });
  assert.equal(status, 'inconclusive', summary);
});

const leaking = (requests: number): number => 60 * MB + requests * 300 * kB;
const calm = (requests: number): number => (80 + 20 * (1 - Math.exp(-requests / 30))) * MB;

/** Four workers, of which the last one lives on while the others are replaced. */
function besideOne(
  of: { readonly replaced: (requests: number) => number; readonly lasting: (requests: number) => number },
  made: Partial<MemoryRun> & { readonly isIdle?: boolean } = {},
) {
  const { isIdle = false, livesCycles = 5, ...more } = made;
  return judged(() => 0, livesCycles, {
    ...{ lasting: 1, perCycle: 200 },
    memory: (requests, worker) =>
      worker === 3
        ? { rss: of.lasting(isIdle ? 0 : requests), cpu: isIdle ? 5 : 30 }
        : { rss: of.replaced(requests), cpu: 30 },
    ...more,
  });
}

test('replaced workers: one that lives on and serves nothing does not speak for those that leak', () => {
  for (const livesCycles of [4, 5, 6]) {
    for (let seed = 1; seed <= 10; seed += 1) {
      const random = seeded(seed);
      const { status, summary } = besideOne(
        { replaced: leaking, lasting: calm },
        { isIdle: true, livesCycles, random },
      );
      assert.equal(status, 'warn', `${livesCycles} cycles, seed ${seed}: ${summary}`);
    }
  }
});

test('replaced workers: beside one that lives on and serves nothing healthy ones leave it open, and why is said', () => {
  const { status, summary, evidence = [] } = besideOne({ replaced: calm, lasting: calm }, { isIdle: true });
  assert.equal(status, 'inconclusive', summary);
  assert.match(
    summary,
    /^1 worker that lived through the 8 rests that a verdict needs served about 1% of the requests: \d workers began or ended meanwhile;/,
  );
  assert.match(evidence.join('\n'), /process 104 \(worker\): settled memory/);
});

test('replaced workers: a healthy server passes by one that lives on and serves its part', () => {
  for (const perCycle of [100, 200]) {
    for (const livesCycles of [4, 5, 6]) {
      for (let seed = 1; seed <= 20; seed += 1) {
        const random = seeded(seed);
        const made = { livesCycles, random, perCycle };
        const { status, summary, measures = [], evidence = [] } = besideOne({ replaced: calm, lasting: calm }, made);
        assert.equal(status, 'pass', `${livesCycles} cycles of ${perCycle}, seed ${seed}: ${summary}`);
        const smallest = measures.find(({ name }) => name === 'smallest-visible-leak')?.value ?? 0;
        assert.ok(smallest >= (4 * MB) / ((7 * perCycle) / 4), `a quarter of the requests shows so much: ${smallest}`);
        assert.match(evidence.join('\n'), /1 worker that lived .* served about 2[45]% of the requests, by the CPU/);
      }
    }
  }
});

test('replaced workers: so does one whose requests take hardly more CPU than the kernel counts', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const random = seeded(seed);
    const memory = (requests: number) => ({ rss: calm(requests), cpu: 5 + Math.floor(random() * 3) });
    const { status, summary } = judged(() => 0, 5, { lasting: 1, memory, random });
    assert.equal(status, 'pass', `seed ${seed}: ${summary}`);
  }
});

test('replaced workers: a leak in all is told per request by what the one that lives on served', () => {
  const { status, measures = [] } = besideOne({ replaced: leaking, lasting: leaking });
  assert.equal(status, 'fail');
  const leaked = measures.find(({ name }) => name === 'leaked-per-request')?.value ?? 0;
  assert.ok(Math.abs(leaked - 300 * kB) < 15 * kB, String(leaked));
});

test('replaced workers: growth of all that are replaced does not pass by one that served as many and did not grow', () => {
  const { status, summary } = besideOne({ replaced: leaking, lasting: calm });
  assert.equal(status, 'inconclusive', summary);
  assert.match(summary, /a leak, or start-up: 1 worker that lived on served as many requests, and did not grow/);
});
