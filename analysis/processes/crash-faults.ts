import type { SaidOfEnd } from '../../contract/journal/end-reasons.ts';
import type { OomKills } from '../interpret/oom-kills.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { causeOf } from './cause-of-end.ts';
import { type CrashFault, faultIn } from './fault-of-cause.ts';
import type { ProcessEnd } from './process-end.ts';
import type { SeenEnds } from './seen-ends.ts';

function faultOf({ cause, byRequests, process, server }: ProcessEnd, { ofServer }: OomKills): CrashFault {
  if (byRequests === true) return 'cut requests off';
  const fault = cause === null ? 'no cause' : faultIn(cause);
  // The cgroup of a root may be another one once it is back.
  const isCounted = process.role === 'worker' && countsOomKills(server);
  return fault === 'killed' && ofServer === 0 && isCounted ? 'killed by another' : fault;
}

const counting = new WeakMap<ServerTimeline, boolean>();

/** Whether the kernel's count of OOM kills in the server's cgroup was known all the time that it had a process. */
function countsOomKills(server: ServerTimeline): boolean {
  const known = counting.get(server);
  if (known !== undefined) return known;
  let isKnown = server.samples.length > 0;
  for (const { oomKills, processes } of server.samples) isKnown &&= oomKills !== null || processes.length === 0;
  counting.set(server, isKnown);
  return isKnown;
}

/**
 * What the crashes of a run are, the gravest and then the most frequent first.
 * @param endOfExec how the server of the run's own ended; null if it did not crash.
 */
export function crashFaults(
  { crashes, starts, loop, vain, oom, isLost }: SeenEnds,
  endOfExec: SaidOfEnd | null,
): readonly CrashFault[] {
  const causes =
    crashes.length > 0
      ? crashes.map((end) => faultOf(end, oom))
      : [endOfExec, vain?.reason ?? null].flatMap((said) => (said === null ? [] : faultIn(causeOf(said))));
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
