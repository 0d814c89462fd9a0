import {
  constant,
  doubling,
  expiring,
  fading,
  filling,
  kB,
  keeping,
  MB,
  type Model,
  sawtooth,
  steady,
  steps,
  together,
} from './memory-model.ts';
import { collectedHeap, keysFor, type Shape, sameForAll, served } from './shape.ts';

const base = constant(80 * MB);
const on = (...models: readonly Model[]): Model => together(base, ...models);

/** Garbage of 100 kB a request, taken so many times in a run and given back to the system. */
const collectedTimes = (times: number): Model => on(sawtooth(100 * kB, served / times));

const seenInRss: readonly (readonly [string, Model, Partial<Shape>?])[] = [
  ['flat', base],
  ['slowly shrinking', on(steady(-10 * kB))],
  ['warm-up that fades within a cycle', on(fading(20 * MB, 40))],
  ['warm-up that fades within three cycles', on(fading(30 * MB, 90))],
  ['warm-up that fades over the whole run', on(fading(40 * MB, 160))],
  ['a compiler in two stages', on(fading(15 * MB, 40), steps(6 * MB, 2, [100, 260]))],
  ['a compiler whose code cache fills in small pieces', on(fading(25 * MB, 100), steps(0.5 * MB, 12, [0, 250]))],
  ['a cache that fills in a third of the run', on(filling(80 * kB, 160))],
  ['a cache that fills in half of the run', on(filling(60 * kB, 240))],
  ['a cache that fills in two thirds of the run', on(filling(60 * kB, 320))],
  ['a small cache that fills late', on(filling(9 * kB, 420))],
  ['arenas of glibc, early', on(steps(7 * MB, 4, [0, 180]))],
  ['arenas of glibc, at any time', on(steps(7 * MB, 3, [0, served]))],
  ['arenas of glibc, fewer and fewer', on(steps(6 * MB, 4, [0, 150]), steps(6 * MB, 1, [150, served]))],
  ['a pool that grows to its size', on(steps(1.2 * MB, 10, [0, 240]))],
  ['threads of a pool, one after the other', on(steps(0.6 * MB, 16, [0, 300]))],
  ['huge pages, now and then', on(steps(2 * MB, 3, [0, served]))],
  ['a ring of the last signals that doubles up to its size', on(doubling(1 * MB, 16, 16 * MB))],
  ['semi-spaces that double', on(keeping(sawtooth(60 * kB, 40)), doubling(1 * MB, 20, 16 * MB))],
  ['fragmentation that saturates', on(keeping(sawtooth(150 * kB, 70)), fading(12 * MB, 80))],
  ['the creep of a healthy allocator', on(steady(3 * kB))],
  ['one large request', on(steps(30 * MB, 1, [0, served]))],
  ['garbage taken ten times', collectedTimes(10)],
  ['garbage taken seven times', collectedTimes(7.3)],
  ['garbage taken five times', collectedTimes(5)],
  ['garbage taken four times', collectedTimes(3.7)],
  ['garbage taken three times', collectedTimes(2.9)],
  ['garbage in a heap that keeps what it had', on(keeping(sawtooth(100 * kB, 110)))],
  [
    'Go: the heap doubles, and its garbage is taken at twice what lives',
    on(keeping(sawtooth(90 * kB, 60)), sawtooth(30 * kB, 60)),
  ],
  [
    'Python: cycles taken by the oldest generation, more and more seldom',
    on(sawtooth(50 * kB, 35), keeping(sawtooth(70 * kB, 120))),
  ],
  ['a log buffer that is flushed', on(sawtooth(50 * kB, 75))],
  ['keys that live for 5 s', on(expiring(40 * kB, 5_000)), { profile: keysFor(5_000) }],
  ['keys that live for half of the run', on(expiring(40 * kB, 18_000)), { profile: keysFor(18_000) }],
  ['four workers, unequal warm-up', on(fading(25 * MB, 60), steps(3 * MB, 2, [0, 100])), { workers: 4 }],
  ['one worker', on(fading(15 * MB, 60)), { workers: 1 }],
  ['a worker that is restarted in mid-run', on(fading(25 * MB, 60)), { replaced: [5, null] }],
  ['workers that are recycled one after the other', on(fading(25 * MB, 60)), { replaced: [3, 6] }],
  [
    'three of four workers that are restarted in mid-run',
    on(fading(25 * MB, 30)),
    { workers: 4, replaced: [4, 5, 6, null] },
  ],
  ['a Java program whose heap is full', on(fading(60 * MB, 40), sawtooth(80 * kB, 60)), { label: 'java -jar app.jar' }],
];

const seenFurther: readonly Omit<Shape, 'truth' | 'bytesPerRequest'>[] = [
  {
    name: 'pages of the parent, read one after the other',
    worker: (random) => ({ rss: together(constant(40 * MB), steady(60 * kB))(random), pss: () => 25 * MB }),
  },
  {
    name: 'pages of the parent, written until all are copied',
    worker: (random) => ({
      rss: together(constant(60 * MB), fading(20 * MB, 60))(random),
      pss: together(constant(30 * MB), fading(25 * MB, 70))(random),
    }),
  },
  {
    name: 'pages that the kernel swaps out, and some that it takes back',
    worker: (random) => ({
      rss: together(constant(80 * MB), steady(-60 * kB), sawtooth(30 * kB, 70))(random),
      swap: steady(60 * kB)(random),
    }),
  },
  {
    name: 'Node, large semi-spaces, with a page',
    worker: (random) => ({
      rss: on(steady(100 * kB))(random),
      heap: ((heap) => (requests, ms) => ({ ...heap(requests, ms), heldBytes: 30 * MB + requests * 100 * kB }))(
        collectedHeap(
          { liveBytes: () => 20 * MB, garbagePerRequest: 100 * kB, requestsBetween: 45, tells: 'all' },
          random,
        ),
      ),
    }),
  },
  {
    name: 'Go, GOGC=400, with a page',
    worker: (random) => ({
      rss: on(steady(80 * kB))(random),
      heap: ((heap) => (requests, ms) => ({ ...heap(requests, ms), heldBytes: 40 * MB + requests * 80 * kB }))(
        collectedHeap(
          { liveBytes: () => 6 * MB, garbagePerRequest: 80 * kB, requestsBetween: 60, tells: 'live' },
          random,
        ),
      ),
    }),
  },
  {
    name: 'Java below its limit, with a page and some collections',
    label: 'java -jar app.jar',
    worker: (random) => ({
      rss: together(constant(150 * MB), steady(120 * kB))(random),
      heap: ((heap) => (requests, ms) => ({ ...heap(requests, ms), heldBytes: 300 * MB }))(
        collectedHeap(
          { liveBytes: () => 30 * MB, garbagePerRequest: 120 * kB, requestsBetween: 80, tells: 'live' },
          random,
        ),
      ),
    }),
  },
];

/** A heap of one size, whose pages are all touched within a third of the run. */
const touched = filling(200 * kB, 160);
const touching = ([name, label, heldBytes]: readonly [
  string,
  string,
  number | null,
]): (typeof seenFurther)[number] => ({
  ...{ name, label },
  worker: (random) => {
    const heap = collectedHeap(
      { liveBytes: () => 20 * MB, garbagePerRequest: 100 * kB, requestsBetween: 45, tells: 'all' },
      random,
    );
    return { rss: on(touched)(random), heap: (requests, ms) => ({ ...heap(requests, ms), heldBytes }) };
  },
});
const touchedOnce = [
  touching(['.NET whose heap is full in a third of the run, with a page', 'dotnet app.dll', null]),
  touching(['Java whose heap is touched in a third of the run, with a page', 'java -Xms1g -jar app.jar', 1_000 * MB]),
];

/** Programs that leak nothing and whose memory says so. */
export const cleanShapes: readonly Shape[] = [
  ...seenInRss.map(
    ([name, model, more = {}]): Shape => ({
      ...{ name, truth: 'clean', bytesPerRequest: 0, worker: sameForAll(model) },
      ...more,
    }),
  ),
  ...[...seenFurther, ...touchedOnce].map((shape): Shape => ({ ...shape, truth: 'clean', bytesPerRequest: 0 })),
];

const lazy: readonly (readonly [string, Model, Partial<Shape>?])[] = [
  ['garbage that nobody takes', on(steady(273 * kB))],
  ['a little garbage that nobody takes', on(steady(25 * kB))],
  ['garbage taken once or never', on(sawtooth(100 * kB, served * 1.2))],
  ['garbage taken twice or once', on(sawtooth(100 * kB, served / 1.6))],
  ['garbage of a collector that is told to wait', on(steady(90 * kB)), { waits: ['GOGC=off'] }],
  ['Java below its limit', together(constant(150 * MB), steady(120 * kB)), { label: 'java -jar app.jar' }],
  ['keys that outlive the run', on(expiring(4 * kB, 86_400_000)), { profile: keysFor(86_400_000), perCycle: 2_000 }],
  ['keys that are kept for ever', on(steady(4 * kB)), { profile: keysFor(null), perCycle: 2_000 }],
];

/** Programs that leak nothing, which resident memory alone cannot show. */
export const lazyShapes: readonly Shape[] = [
  ...lazy.map(
    ([name, model, more = {}]): Shape => ({
      ...{ name, truth: 'lazy', bytesPerRequest: 0, worker: sameForAll(model) },
      ...more,
    }),
  ),
  {
    name: 'Go, GOGC=off, with a page',
    truth: 'lazy',
    bytesPerRequest: 0,
    worker: (random) => ({
      rss: on(steady(80 * kB))(random),
      heap: (requests) => ({
        ...{ heapBytes: 5 * MB + requests * 80 * kB, heldBytes: 40 * MB + requests * 80 * kB },
        ...{ liveBytes: 4 * MB, collections: 2 },
      }),
    }),
  },
];
