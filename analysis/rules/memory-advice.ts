import type { ServerTimeline } from '../journal/server.ts';
import { type Runtime, runtimeOf } from '../memory/runtime-of.ts';
import { opensMore } from '../resources/opens-more.ts';
import { type Advice, interleaved } from './advice.ts';

export type MemoryFault =
  /** It grows with the requests, and garbage is ruled out. */
  | 'leak'
  /** It grows with the requests; what is left may be garbage. */
  | 'leak or garbage'
  /** It grows under load that does not rest. */
  | 'grows under load'
  /** It grew, and hardly any more in the later half. */
  | 'stood still'
  | 'more processes'
  | 'ended for memory'
  /** As much growth once more reaches the limit of its cgroup. */
  | 'near its limit'
  | 'hidden by replacing';

const caches = 'caches and in-memory maps keyed by signal, webhook or user: do they expire, and is their size bounded?';
const tasks = 'background tasks: are they awaited, bounded in number, and do they let go of what they captured?';
const connections: readonly Advice[] = [
  { about: 'redis', text: 'Redis connections: is each one returned or closed, or is a client made per request?' },
  'connection pool: is its size bounded, and are sessions closed on every path, errors included?',
];
const queue =
  'work that is taken in faster than it is done: is the queue in memory bounded, and does it empty after the load?';
const garbage =
  'the collector: does memory fall when it is made to run (monitoring.collect)? If it does, it is not a leak';
const filled =
  'what filled and then stood still, such as a cache, a pool or room of the allocator: is it meant to be so large? Bound it, or raise the threshold';
const workers =
  'processes: how many does the server start under load, does it end them again, and is there memory for the most that it may start?';
const limit = 'the limit of memory for a process, or of the cgroup: is it enough for all that the server does at once?';
const replaced =
  'workers are replaced before their growth shows (max_requests, max_memory_restart, a worker killer): that hides it, and mends nothing';

/** How to see what a runtime holds: two pictures of its heap, one after much load more than the other. */
const pictures: Readonly<Record<Runtime, string>> = {
  node: 'what holds the memory: compare two heap snapshots, before and after load (node --inspect, or --heapsnapshot-signal=SIGUSR2)',
  python:
    'what holds the memory: compare two snapshots of tracemalloc, before and after load; memray shows native memory, too',
  go: 'what holds the memory: compare two profiles of the heap, before and after load (go tool pprof -diff_base, /debug/pprof/heap)',
  jvm: 'what holds the memory: compare two histograms of live objects, before and after load (jcmd PID GC.class_histogram), or look into a heap dump',
  dotnet: 'what holds the memory: compare two dumps of the heap, before and after load (dotnet-gcdump collect)',
  ruby: 'what holds the memory: compare two dumps of the heap, before and after load (ObjectSpace.dump_all, heapy)',
  perl: 'what holds the memory: compare two counts of what lives, before and after load (Devel::Gladiator, Devel::MAT), and look for references that go in a circle: those are never freed (Scalar::Util::weaken)',
  php: 'static and global variables, and singletons of the framework, live on from one request to the next in a worker that is not ended after each',
};

const byRequest: readonly Advice[] = [caches, tasks, ...connections];

/** What to look at, by the fault, the most likely first. */
const byFault: Readonly<Record<MemoryFault, readonly Advice[]>> = {
  leak: byRequest,
  'leak or garbage': [garbage, ...byRequest],
  'grows under load': [queue, ...byRequest],
  'stood still': [filled],
  'more processes': [workers],
  'ended for memory': [limit],
  'near its limit': [limit],
  'hidden by replacing': [replaced, ...byRequest],
};

export const memoryAdvice: readonly Advice[] = [
  ...new Set([...Object.values(byFault).flat(), ...Object.values(pictures)]),
];

const grows: readonly MemoryFault[] = ['leak', 'leak or garbage', 'grows under load', 'hidden by replacing'];

/** Who opens a connection for each request and keeps it has ever more open. */
export function memoryAdviceOn(server: ServerTimeline, faults: readonly MemoryFault[]): readonly Advice[] {
  const keeps = opensMore(server.samples) !== false;
  const runtime = runtimeOf(server);
  const lists = faults.map((fault) => {
    const lines = byFault[fault].filter((line) => keeps || !connections.includes(line));
    if (runtime === null || !grows.includes(fault)) return lines;
    return [...lines.slice(0, 1), pictures[runtime], ...lines.slice(1)];
  });
  return interleaved(lists);
}
