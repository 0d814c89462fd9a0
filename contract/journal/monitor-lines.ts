import * as z from 'zod';
import { endReasons } from './end-reasons.ts';
import { probeFailures } from './probe-failures.ts';

// monitors/<id>.ndjson. These schemas are the one definition of its lines: journal.ts infers the types.

export const processRoles = ['root', 'worker', 'helper'] as const;

export const alertKinds = [
  'process-started',
  'process-ended',
  'process-recycled',
  'end-in-log',
  'unseen-end',
  'server-lost',
  'memory-high',
  'cpu-high',
  'health-failed',
  'health-slow',
  'redis-failed',
  'database-failed',
  'pool-near-exhaustion',
  'redis-trouble',
  'database-trouble',
  'store-log',
  'oom-kill',
  'log-unread',
] as const;

/**
 * `crash`: it did not end as it should. `ended`: it ended, and the line alone does not say whether it should have. `graceful`: it ended
 * as it should. `exiting`: it says so itself, as an interpreter does after an abort, too. `asked`: somebody told it to end. `thread-ended`: a thread,
 * task or request of it failed, which may have ended it or not. `thrown`: it wrote the stack of an exception last, which may have ended it or not.
 */
export const endMeanings = ['crash', 'ended', 'graceful', 'exiting', 'asked', 'thread-ended', 'thrown'] as const;

/** `surely`: the line is written of workers alone. `perhaps`: it calls it a worker, and may call another child so. */
const workerSayings = ['surely', 'perhaps'] as const;
export type WorkerSaying = (typeof workerSayings)[number];

const nullableNumber = z.number().nullable();

/** Identity is (pid, startTicks, the header's boot): a reused pid is another process. */
export const processSample = z.object({
  pid: z.number(),
  parentPid: z.number(),
  /** Start time in clock ticks since boot (/proc/<pid>/stat field 22); on other systems milliseconds since the epoch. */
  startTicks: z.number(),
  role: z.enum(processRoles),
  /** Name of the executable and, if there is one, of the script: never arguments, which may hold secrets. */
  label: z.string(),
  /** Percent of one core; 200 = two cores fully used. */
  cpuPercent: nullableNumber,
  rssBytes: nullableNumber,
  /** Proportional set size: pages shared with others count by their share. */
  pssBytes: nullableNumber,
  threads: nullableNumber,
  fileDescriptors: nullableNumber,
  /** Cores that it may use: those of its affinity, and no more than the quota of its cgroups. Left out if not known, as all below. */
  cores: z.number().exactOptional(),
  /** Percent of one core, of its first thread and of its busiest one that serves; only while it uses most of a core. */
  mainThreadPercent: z.number().exactOptional(),
  busiestThreadPercent: z.number().exactOptional(),
  /** Percent of one core that its threads wanted to run for and waited; only while the machine is full. */
  cpuWaitPercent: z.number().exactOptional(),
  /** Open files that it may have. */
  maxDescriptors: z.number().exactOptional(),
  /** Connections that came in and that it holds. */
  connections: z.number().exactOptional(),
  /** Swapped out, and the same with what is shared by its share; left out for nothing. */
  swapBytes: z.number().exactOptional(),
  swapPssBytes: z.number().exactOptional(),
});

/** Open sockets of the tree by TCP state. */
export const socketCounts = z.object({
  established: z.number(),
  listen: z.number(),
  timeWait: z.number(),
  closeWait: z.number(),
  other: z.number(),
});

export const probeResult = z.discriminatedUnion('state', [
  z.object({ state: z.literal('ok'), latencyMs: z.number(), numbers: z.record(z.string(), z.number()) }),
  /** 404: the server has no such route. Not a failure. */
  z.object({ state: z.literal('unavailable') }),
  z.object({
    state: z.literal('failed'),
    latencyMs: z.number(),
    /** Not in journals of before: analysis/journal/probe-results.ts. */
    failure: z.enum(probeFailures),
    /** Of an answer that is neither 2xx nor 404. */
    status: z.number().exactOptional(),
    /** The same in words. */
    reason: z.string(),
  }),
]);

/** One look at the server, without its processes. */
export const sampleOfServer = z.object({
  atUs: z.number(),
  sockets: socketCounts.nullable(),
  /** Cumulative OOM kills in the server's cgroup, null if it cannot be read. */
  oomKills: nullableNumber,
  /** CPU of the whole machine in percent of all its cores, null if it cannot be read. */
  machineCpuPercent: nullableNumber,
  /** Percent of the time in which something on the machine waited for a CPU; left out where the kernel does not tell. */
  cpuPressurePercent: z.number().exactOptional(),
  health: probeResult.nullable(),
  redis: probeResult.nullable(),
  database: probeResult.nullable(),
});

export const serverSample = sampleOfServer.extend({ processes: z.array(processSample) });

export const alertLine = z.object({
  atUs: z.number(),
  alert: z.enum(alertKinds),
  message: z.string(),
  pid: z.number().exactOptional(),
  startTicks: z.number().exactOptional(),
  role: z.enum(processRoles).exactOptional(),
  /** Of the end of a process that was in no sample: its parent by the kernel, and whether a line of the log calls it a worker. */
  parentPid: z.number().exactOptional(),
  saysWorker: z.enum(workerSayings).exactOptional(),
  /** What a line of the log means for the end of a process, and why it ended: both, or none. Earlier versions have words, `cause`. */
  means: z.enum(endMeanings).exactOptional(),
  reason: z.enum(endReasons).exactOptional(),
  exitCode: z.number().exactOptional(),
  signal: z.string().exactOptional(),
  /** The line with those around it, without what may be a secret. */
  lines: z.array(z.string()).exactOptional(),
  /** Of a process that exited: what stood last in the logs then, whoever wrote it. */
  lastLines: z.array(z.string()).exactOptional(),
});

/** First data line: which server is watched. */
export const serverIdentity = z.object({
  bootId: z.string().nullable(),
  /** When the ticks of `startTicks` began, by the wall clock of the machine, to the second. Older journals do not tell. */
  bootUs: z.number().exactOptional(),
  /** What people call the machine. */
  host: z.string().exactOptional(),
  /** Pids are numbers of this namespace, and CLOCK_MONOTONIC is that of this one: as Linux names them. */
  pidNamespace: z.string().exactOptional(),
  timeNamespace: z.string().exactOptional(),
  /** 0 if no process is watched. */
  rootPid: z.number(),
  /** The topmost processes that are watched, in words. */
  watched: z.array(z.string()).exactOptional(),
  /** What gets load and is not watched, in words. */
  unwatched: z.array(z.string()).exactOptional(),
  /** What listens beside it and gets no load, in words. */
  aside: z.array(z.string()).exactOptional(),
  /** Cores that the server's processes may use. */
  cores: z.number(),
  /** Of the server's cgroup and those above it the smallest limit of memory; left out if there is none. */
  memoryLimitBytes: z.number().exactOptional(),
  intervalMs: z.number(),
  memorySource: z.enum(['pss', 'rss']),
});
