import { type Advice, interleaved } from './advice.ts';

export type HeldFault = 'descriptors' | 'threads' | 'goroutines' | 'processes' | 'near the limit';

/** What to look at, by what grew, the most likely first. */
const byFault: Readonly<Record<HeldFault, readonly Advice[]>> = {
  descriptors: [
    'ls -l /proc/PID/fd: what kind grows, files, sockets or pipes?',
    'connections to Redis, a database or another service that are opened for a request and not closed, also when it fails',
    'files that are opened for a request (a log, an upload, a lock) and not closed on every path',
  ],
  threads: [
    'a thread, an executor or a timer that is made for each request, and never ended: use one pool for all of them',
    'what the threads wait for (py-spy dump, jstack, gdb): a call without a timeout keeps each of them for ever',
  ],
  goroutines: [
    'what the goroutines wait for (/debug/pprof/goroutine?debug=1): a channel that nobody reads or closes, or a context that is never canceled',
    'a response body, rows of a database or a ticker that is not closed or stopped: each keeps its goroutine',
  ],
  processes: ['child processes that are started for a request: does each one end, and is it waited for?'],
  'near the limit': [
    'the limit of open files (ulimit -n, LimitNOFILE of systemd): is it enough for all connections and files at once?',
  ],
};

export const heldAdvice: readonly Advice[] = Object.values(byFault).flat();

export const heldAdviceOn = (faults: readonly HeldFault[]): readonly Advice[] =>
  interleaved(faults.map((fault) => byFault[fault]));
