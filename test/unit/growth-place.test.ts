import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { judgeMemory, type WorkerMemory } from '../fixtures/memory-run.ts';
import { seeded } from '../fixtures/random.ts';

const [MB, kB] = [1e6, 1e3];

/** One worker, 1,000 requests, whose heap is collected after every 30th and keeps 20 MB. */
function judged(
  rss: (requests: number) => number,
  told: (requests: number) => NonNullable<WorkerMemory['heap']>,
  label?: string,
): Judgement {
  return judgeMemory({
    ...{ random: seeded(4), workers: 1, ...(label === undefined ? {} : { label }) },
    memory: (requests) => ({
      rss: 80 * MB + rss(requests),
      heap: {
        heapBytes: 20 * MB + (requests % 30) * 100 * kB,
        collections: Math.floor(requests / 30),
        ...told(requests),
      },
    }),
  });
}

const leaking = (requests: number): number => requests * 60 * kB;
/** Grows as fast, and comes to an end. */
const ending = (requests: number): number => leaking(Math.min(requests, 400));
const smallestOf = ({ measures = [] }: Judgement): number =>
  measures.find(({ name }) => name === 'smallest-visible-leak')?.value ?? 0;

test('growth beside a page that does not tell what the runtime has of the system is open, and passes if it ends', () => {
  for (const label of ['dotnet app.dll', 'node server.js']) {
    const open = judged(leaking, () => ({}), label);
    assert.equal(open.status, 'inconclusive', open.summary);
    assert.match(open.summary, /a leak outside the heap, or pages of the heap that are touched for the first time/);
    assert.match(open.evidence?.at(-1) ?? '', /let the metrics page tell what the runtime has of the system \(\w+\)/);
    const ended = judged(ending, () => ({}), label);
    assert.equal(ended.status, 'pass', ended.summary);
  }
});

test('growth for which the heap had room is open, passes if it ends, and fails beyond the room', () => {
  const room = () => ({ heldBytes: 1_000 * MB });
  const open = judged(leaking, room);
  assert.equal(open.status, 'inconclusive', open.summary);
  assert.match(open.summary, /9\d\d MB of it were never in use/);
  assert.match(open.evidence?.at(-1) ?? '', /^to tell a leak outside the heap from pages .*: run longer/);
  assert.ok(smallestOf(open) > (900 * MB) / 700, 'the room counts as what a leak may hide in');
  assert.equal(judged(ending, room).status, 'pass');
  const beyond = judged(leaking, () => ({ heldBytes: 40 * MB }));
  assert.equal(beyond.status, 'fail', beyond.summary);
  assert.match(beyond.summary, /outside the heap of its runtime/);
  const nearly = judged(leaking, () => ({ heldBytes: 62 * MB }));
  assert.equal(nearly.status, 'inconclusive', 'what is left beside the room is no growth that counts');
});

test('growth that the runtime took for its heap is no leak, and what may hide beside it is stated', () => {
  const all = judged(leaking, (requests) => ({ heldBytes: 40 * MB + leaking(requests) }));
  assert.equal(all.status, 'pass', all.summary);
  assert.match(all.summary, /the runtime took it for its own heap, on which nothing leaks/);
  const most = judged(leaking, (requests) => ({ heldBytes: 40 * MB + 0.7 * leaking(requests) }));
  assert.equal(most.status, 'pass', most.summary);
  assert.ok(smallestOf(most) > smallestOf(all) + 15 * kB, `${smallestOf(most)} beside ${smallestOf(all)}`);
  const little = judged(leaking, (requests) => ({ heldBytes: 24 * MB + 0.3 * leaking(requests) }));
  assert.equal(little.status, 'fail', little.summary);
});

test('a heap that has more in use from cycle to cycle, garbage included, touches pages of a room that it had', () => {
  // What lives is told after each collection; garbage is taken later and later.
  const told = (requests: number) => ({
    ...{ liveBytes: 20 * MB + Math.floor(requests / 30) * 10, heldBytes: 1_000 * MB },
    heapBytes: 20 * MB + (requests % 30) * (100 * kB + requests * 2.2 * kB),
  });
  const touching = judged(leaking, told);
  assert.equal(touching.status, 'pass', touching.summary);
});

test('classes and compiled code lie outside the heap: their growth is open, and told as that', () => {
  const open = judged(leaking, (requests) => ({
    ...{ runtime: 'jvm', heldBytes: 24 * MB, codeBytes: 30 * MB + leaking(requests) },
  }));
  assert.equal(open.status, 'inconclusive', open.summary);
  assert.match(open.summary, /a leak of classes, or code that is compiled while the server warms up/);
  assert.match(open.evidence?.at(-1) ?? '', /VM\.metaspace/);
});

test('a leak outside the heap is seen in resident memory alone: its minimum is stated beside the one of the heap', () => {
  const told = (requests: number) => ({
    ...{ liveBytes: 20 * MB + Math.floor(requests / 30) * 10, heldBytes: 1_000 * MB },
  });
  const still = judged(() => 0, told);
  assert.equal(still.status, 'pass', still.summary);
  assert.match(still.summary, /is [\d.]+ kB per request on the heap of the runtime, and [\d.]+ kB outside it$/);
  const outside = (of: Judgement): number =>
    of.measures?.find(({ name }) => name === 'smallest-visible-leak-outside-heap')?.value ?? 0;
  assert.ok(outside(still) >= (4 * MB) / 700 && smallestOf(still) < (2 * MB) / 700, still.summary);
  const open = judged(leaking, told);
  assert.equal(open.status, 'inconclusive', open.summary);
  assert.ok(outside(open) > (900 * MB) / 700, 'the room counts outside the heap');
  assert.ok(smallestOf(open) < (2 * MB) / 700, 'and not on it');
});
