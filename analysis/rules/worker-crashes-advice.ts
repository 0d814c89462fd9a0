import type { CrashFault } from '../processes/fault-of-cause.ts';
import { type Advice, interleaved } from './advice.ts';

const startup =
  'look at what runs as a process starts (configuration, imports, connections and ports that it opens), and at what it writes then';
const lastWords = 'error logs of the last seconds before the exit: give --log FILE if the report does not show them';
const finish =
  'graceful shutdown: does a recycled or stopped worker take no new requests, finish those that it has, and only then end?';

/** What to look at, by the fault, the most likely first. */
const byFault: Readonly<Record<CrashFault, readonly Advice[]>> = {
  'did not come back': [
    'the restart: does its command start the server again, on the same address, and how long does the start take?',
    startup,
  ],
  'dies as it starts': [`they die again and again: ${startup}, and at its first request`],
  'failed start': [`the new code or configuration does not start: ${startup}`],
  'memory of the machine': [
    'the kernel killed it for want of memory: what made its memory rise before (memory growth and memory leak may tell), and is the limit of the cgroup or machine enough for all workers together?',
  ],
  'memory of its runtime': [
    'its runtime had no memory left: what made its heap rise before (a leak, large bodies, too much at once), and is its limit (-Xmx, --max-old-space-size, max-memory-restart) meant to be so low?',
  ],
  timeout: [
    'what a worker was at when its time was over: a slow query, a lock, a call without a timeout of its own, or a blocked event loop',
    'the timeout itself: is it longer than the slowest request that is meant to be served?',
  ],
  'did not end in time': [
    'what keeps a worker from ending when it is told to: open requests, threads or connections; and is the time that it is given enough for its slowest request?',
  ],
  killed: [
    'who sent SIGKILL: the OOM killer (dmesg, memory.events of the cgroup; a steep rise of memory before the exit points to it), a supervisor after its timeout, or a person',
  ],
  'killed by another': [
    'who sent SIGKILL: a supervisor after its timeout, a limit of time, or a person; the kernel counted no OOM kill in its cgroup',
  ],
  'told to end': [
    'who sent the signal: a supervisor, a deployment, a limit of time or a person; its log says why',
    finish,
  ],
  'fault in native code': [
    'native code: an extension, a driver or the runtime itself (a core dump shows where); look at its version, and at what it does after fork or in several threads',
    lastWords,
  ],
  exception: [
    'the exception and its stack in the log: catch it where the request is handled, so that one request fails and not the process',
  ],
  'exit code': [
    'error logs of the last seconds before the exit: an unhandled exception, or code that ends its process (exit, abort)',
  ],
  'cut requests off': [
    finish,
    'code that ends its process while it has requests (exit, os._exit, process.exit), if nobody recycled or stopped it',
  ],
  'no cause': [lastWords, 'the log of what supervises it, and the kernel log (dmesg): was it killed?'],
};

export const crashAdvice: readonly Advice[] = [...new Set(Object.values(byFault).flat())];

export const crashAdviceOn = (faults: readonly CrashFault[]): readonly Advice[] =>
  interleaved(faults.map((fault) => byFault[fault]));
