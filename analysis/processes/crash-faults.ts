import type { OomKills } from '../interpret/oom-kills.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { isForMemory } from './last-words.ts';
import type { ProcessEnd } from './process-end.ts';
import type { SeenEnds } from './seen-ends.ts';

export type CrashFault =
  | 'did not come back'
  | 'dies as it starts'
  | 'failed start'
  | 'memory of the machine'
  | 'memory of its runtime'
  | 'timeout'
  | 'did not end in time'
  | 'killed'
  | 'killed by another'
  | 'told to end'
  | 'fault in native code'
  | 'exception'
  | 'exit code'
  | 'cut requests off'
  | 'no cause';

/** What came first is why: a master kills what it aborted in vain. */
export const firstCause = (cause: string): string => cause.split(/, (?:then|after) /)[0] ?? cause;

/** Words of the journal (monitor/log/), the most telling first: an exit code stands behind what says why. */
const words: readonly (readonly [RegExp, CrashFault])[] = [
  [/ran out of (?:its heap|memory)|more memory than/, 'memory of its runtime'],
  [/want of memory/, 'memory of the machine'],
  [/no sign of life|exceeded its time|watchdog/, 'timeout'],
  [/did not end in time/, 'did not end in time'],
  [/failed to start|failed start|take over as the new master/, 'failed start'],
  [/panicked|nobody caught|ended with an error|crashed, as nodemon says/, 'exception'],
  [
    /SIG(?:SEGV|BUS|ILL|FPE|ABRT|TRAP|SYS)|segmentation fault|its stack|its heap|dumped core|\(JVM\)|fatal error/,
    'fault in native code',
  ],
  [/SIGKILL|code 137\b/, 'killed'],
  [/SIG[A-Z]+\d?/, 'told to end'],
  [/exited (?:with code|unexpectedly)|\(BEAM\)/, 'exit code'],
];

function faultIn(cause: string): CrashFault {
  const first = isForMemory(cause) ? cause : firstCause(cause);
  return words.find(([said]) => said.test(first))?.[1] ?? 'no cause';
}

function faultOf({ cause, byRequests, process, server }: ProcessEnd, { ofServer }: OomKills): CrashFault {
  if (byRequests === true) return 'cut requests off';
  const fault = faultIn(cause ?? '');
  // The cgroup of a root may be another one once it is back.
  const isCounted = process.role === 'worker' && countsOomKills(server);
  return fault === 'killed' && ofServer === 0 && isCounted ? 'killed by another' : fault;
}

const counting = new WeakMap<ServerTimeline, boolean>();

/** Whether the kernel's count of OOM kills in the server's cgroup was known all the time. */
function countsOomKills(server: ServerTimeline): boolean {
  const known = counting.get(server);
  if (known !== undefined) return known;
  let isKnown = server.samples.length > 0;
  for (const { oomKills } of server.samples) isKnown &&= oomKills !== null;
  counting.set(server, isKnown);
  return isKnown;
}

/**
 * What the crashes of a run are, the gravest and then the most frequent first.
 * @param causeOfExec how the server of the run's own ended, in words that follow "it"; null if it did not crash.
 */
export function crashFaults(
  { crashes, starts, loop, vain, oom, isLost }: SeenEnds,
  causeOfExec: string | null,
): readonly CrashFault[] {
  const causes =
    crashes.length > 0
      ? crashes.map((end) => faultOf(end, oom))
      : [causeOfExec, vain?.cause ?? null].flatMap((cause) => (cause === null ? [] : faultIn(cause)));
  const counts = new Map<CrashFault, number>();
  for (const fault of causes) counts.set(fault, (counts.get(fault) ?? 0) + 1);
  // The kernel counted it: SIGKILL, or an end of which nothing is said, is told by that.
  for (const fault of ['killed', 'no cause'] as const) {
    if (oom.ofServer >= (counts.get(fault) ?? 0) && oom.ofServer > 0) counts.delete(fault);
  }
  return [
    ...new Set([
      ...(isLost ? (['did not come back'] as const) : []),
      ...(loop === null && vain === null ? [] : (['dies as it starts'] as const)),
      ...(oom.ofServer > 0 ? (['memory of the machine'] as const) : []),
      ...[...counts].toSorted(([, a], [, b]) => b - a).map(([fault]) => fault),
      ...(starts.length > 0 ? (['failed start'] as const) : []),
    ]),
  ];
}
