import {
  constant,
  fading,
  filling,
  inChunks,
  inSome,
  kB,
  keeping,
  MB,
  type Model,
  sawtooth,
  steady,
  steps,
  together,
} from './memory-model.ts';
import { collectedHeap, keysFor, nominalMinimum, type Shape, sameForAll, served } from './shape.ts';

/** From far below to far above the smallest visible leak of a run of the default size. */
const factors = [0.1, 0.3, 0.7, 1.3, 2, 3, 6, 20, 60] as const;

const base = constant(80 * MB);
const on = (...models: readonly Model[]): Model => together(base, ...models);

interface Family extends Omit<Shape, 'name' | 'truth' | 'worker' | 'bytesPerRequest'> {
  readonly name: string;
  /** Bytes that a request of a worker leaves behind, for a leak of so many bytes on the average of all. */
  readonly worker: (bytes: number) => Shape['worker'];
}

const alike =
  (model: (bytes: number) => Model): Family['worker'] =>
  (bytes) =>
    sameForAll(model(bytes));

const families: readonly Family[] = [
  { name: 'a leak', worker: alike((bytes) => on(steady(bytes))) },
  { name: 'a leak, one worker', workers: 1, worker: alike((bytes) => on(steady(bytes))) },
  {
    name: 'a leak in one of four workers',
    workers: 4,
    worker: (bytes) => (random, worker) => ({ rss: on(steady(worker === 2 ? 4 * bytes : 0))(random) }),
  },
  { name: 'a leak under warm-up', worker: alike((bytes) => on(fading(20 * MB, 60), steady(bytes))) },
  { name: 'a leak beside a cache that fills', worker: alike((bytes) => on(filling(40 * kB, 120), steady(bytes))) },
  { name: 'a leak in chunks of 256 kB', worker: alike((bytes) => on(inChunks(bytes, 0.25 * MB))) },
  { name: 'a leak in chunks of 1 MB', worker: alike((bytes) => on(inChunks(bytes, MB))) },
  { name: 'a leak in one of ten requests', worker: alike((bytes) => on(inSome(bytes, 0.1))) },
  { name: 'a leak in one of fifty requests', worker: alike((bytes) => on(inSome(bytes, 0.02))) },
  {
    name: 'a leak under garbage taken ten times',
    worker: alike((bytes) => on(steady(bytes), sawtooth(60 * kB, served / 10.7))),
  },
  {
    name: 'a leak under garbage taken four times',
    worker: alike((bytes) => on(steady(bytes), sawtooth(60 * kB, served / 4.3))),
  },
  {
    name: 'a leak in a heap that keeps what it had',
    worker: alike((bytes) => on(keeping(together(steady(bytes), sawtooth(60 * kB, 60))))),
  },
  { name: 'a leak beside arenas of glibc', worker: alike((bytes) => on(steady(bytes), steps(6 * MB, 3, [0, 150]))) },
  { name: 'a leak, worker 0 restarted in mid-run', replaced: [5, null], worker: alike((bytes) => on(steady(bytes))) },
  {
    name: 'a leak, three of four workers restarted in mid-run',
    ...{ workers: 4, replaced: [4, 5, 6, null] },
    worker: alike((bytes) => on(steady(bytes))),
  },
  { name: 'a leak while keys expire', profile: keysFor(1_000), worker: alike((bytes) => on(steady(bytes))) },
  {
    name: 'a leak in pages that a worker has alone, after fork',
    worker: (bytes) => (random) => ({
      rss: on(steady(bytes))(random),
      pss: together(constant(45 * MB), steady(bytes))(random),
    }),
  },
  {
    name: 'a leak that the kernel swaps out',
    worker: (bytes) => (random) => ({
      rss: base(random),
      swap: steady(bytes)(random),
    }),
  },
  {
    name: 'a leak in the heap of Node, with a page',
    worker: (bytes) => (random) => ({
      rss: on(steady(bytes))(random),
      heap: withHeld(
        collectedHeap(
          {
            ...{ liveBytes: (requests) => 20 * MB + requests * bytes, garbagePerRequest: 90 * kB },
            ...{ requestsBetween: 31, tells: 'all' },
          },
          random,
        ),
        (requests) => 60 * MB + requests * bytes,
      ),
    }),
  },
  {
    name: 'a leak in the heap of Go, with a page, hidden in RSS',
    worker: (bytes) => (random) => ({
      rss: constant(220 * MB)(random),
      heap: withHeld(
        collectedHeap(
          {
            ...{ liveBytes: (requests) => 20 * MB + requests * bytes, garbagePerRequest: 50 * kB },
            ...{ requestsBetween: 36, tells: 'live' },
          },
          random,
        ),
        () => 200 * MB,
      ),
    }),
  },
  {
    name: 'a leak outside the heap, with a page',
    isOutsideHeap: true,
    worker: (bytes) => (random) => ({
      rss: on(steady(bytes))(random),
      heap: withHeld(
        collectedHeap(
          {
            ...{ liveBytes: () => 20 * MB, garbagePerRequest: 90 * kB },
            ...{ requestsBetween: 33, tells: 'all' },
          },
          random,
        ),
        () => 40 * MB,
      ),
    }),
  },
  {
    name: 'a leak outside the heap, whose page does not tell what the runtime has',
    isOutsideHeap: true,
    label: 'dotnet app.dll',
    worker: (bytes) => (random) => ({
      rss: on(steady(bytes))(random),
      heap: collectedHeap(
        { liveBytes: () => 20 * MB, garbagePerRequest: 90 * kB, requestsBetween: 33, tells: 'all' },
        random,
      ),
    }),
  },
  {
    name: 'a leak outside the heap, which has much room',
    isOutsideHeap: true,
    label: 'java -Xms1g -jar app.jar',
    worker: (bytes) => (random) => ({
      rss: on(steady(bytes))(random),
      heap: withHeld(
        collectedHeap(
          { liveBytes: () => 20 * MB, garbagePerRequest: 90 * kB, requestsBetween: 33, tells: 'live' },
          random,
        ),
        () => 1_000 * MB,
      ),
    }),
  },
  {
    name: 'a leak in Java, collected on request',
    label: 'java -jar app.jar',
    isCollected: true,
    worker: alike((bytes) => together(constant(150 * MB), steady(bytes))),
  },
];

function withHeld(
  heap: ReturnType<typeof collectedHeap>,
  held: (requests: number) => number,
): ReturnType<typeof collectedHeap> {
  return (requests, ms) => ({ ...heap(requests, ms), heldBytes: Math.round(held(requests)) });
}

/** Every family at every size of leak, and one at ten times the requests. */
export const leakingShapes: readonly Shape[] = [
  ...families.flatMap(({ name, worker, ...rest }) => factors.map((factor) => leak(name, factor, worker, rest))),
  ...factors.map((factor) =>
    leak('a leak, ten times the requests', factor, (bytes) => sameForAll(on(steady(bytes))), { perCycle: 1_000 }),
  ),
];

function leak(name: string, factor: number, worker: Family['worker'], rest: Partial<Shape>): Shape {
  const smallest = ((nominalMinimum * (rest.workers ?? 2)) / 2) * (100 / (rest.perCycle ?? 100));
  const bytesPerRequest = Math.round(factor * smallest);
  return { ...rest, name, truth: 'leak', bytesPerRequest, worker: worker(bytesPerRequest) };
}
