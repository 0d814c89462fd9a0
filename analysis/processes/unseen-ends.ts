import { saidIn } from '../../contract/journal/end-reasons.ts';
import type { AlertLine, ProcessSample } from '../../contract/journal/journal.ts';
import { processServers, type Run } from '../interpret/run.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { countBelow } from '../statistics.ts';
import { causeOf } from './cause-of-end.ts';
import { processOfMachine, withinRun } from './ends.ts';
import { isNoneMissing, placesOn } from './jobs-of-masters.ts';
import type { ProcessEnd } from './process-end.ts';

/** What log and kernel say of one end comes so close together: a worker that gave no sign of life is killed some seconds later. */
const togetherUs = 60_000_000;
/** A log may tell of an end so late. */
const lateUs = 5_000_000;
/** No process has this number. */
export const unknownParent = 0;

/** What is said of one end, in order of time. */
type Facts = readonly AlertLine[];

/**
 * Ends of processes that were in no sample. A crash needs a line that says worker: of workers alone, or of any child of which the kernel
 * says that its parent is a master with workers. What else may have been a worker, as one was missing, is left open. A child of a worker is
 * none of these.
 */
export function unseenEnds(run: Run): readonly ProcessEnd[] {
  const servers = processServers(run).filter(({ alerts }) => alerts.some(isUnseen));
  // Nearly always there is none: then no sample is looked at.
  if (servers.length === 0) return [];
  // Two monitors of one machine may tell of the same process, or one of them may have seen it.
  const known = new Set(
    processServers(run).flatMap((server) => [...sampledOn(server)].map((pid) => numberOfMachine(server, pid))),
  );
  return servers.flatMap((server) => {
    const look = lookAt(server);
    const all = endsIn(server.alerts).flatMap((facts) => endOf(look, facts) ?? []);
    const ends = all.filter(({ process }) => !known.has(numberOfMachine(server, process.pid)));
    for (const { process } of ends) known.add(numberOfMachine(server, process.pid));
    return ends.flatMap((end) => withinRun(run, end) ?? []);
  });
}

const isUnseen = ({ alert }: AlertLine): boolean => alert === 'unseen-end';

const numberOfMachine = (server: ServerTimeline, pid: number): string =>
  processOfMachine(server, { pid, startTicks: 0 });

function sampledOn({ samples }: ServerTimeline): ReadonlySet<number> {
  const pids = new Set<number>();
  for (const { processes } of samples) for (const { pid } of processes) pids.add(pid);
  return pids;
}

/** What the samples of a server show, by one pass over them. */
interface Look {
  readonly server: ServerTimeline;
  readonly places: ReturnType<typeof placesOn>;
  /** Roots that were seen with a worker. */
  readonly masters: ReadonlySet<number>;
  readonly timesUs: Float64Array;
}

function lookAt(server: ServerTimeline): Look {
  const places = placesOn(server);
  const parents = new Set([...places.values()].map(({ parentPid }) => parentPid));
  const roots = new Set<number>();
  for (const { processes } of server.samples) {
    for (const { pid, role } of processes) if (role === 'root') roots.add(pid);
  }
  const masters = new Set([...parents].filter((pid) => roots.has(pid)));
  return { server, places, masters, timesUs: Float64Array.from(server.samples.map(({ atUs }) => atUs)) };
}

function endsIn(alerts: readonly AlertLine[]): readonly Facts[] {
  const open = new Map<number, AlertLine[]>();
  const ends: AlertLine[][] = [];
  for (const alert of alerts) {
    if (!isUnseen(alert) || alert.pid === undefined) continue;
    const facts = open.get(alert.pid);
    const [first] = facts ?? [];
    if (facts !== undefined && first !== undefined && alert.atUs - first.atUs <= togetherUs) {
      facts.push(alert);
      continue;
    }
    const begun = [alert];
    open.set(alert.pid, begun);
    ends.push(begun);
  }
  return ends;
}

function endOf({ server, places, masters, timesUs }: Look, facts: Facts): ProcessEnd | null {
  const crashes = facts.filter(({ means }) => means === 'crash');
  const [first] = crashes;
  if (first?.pid === undefined) return null;
  const beforeUs = timesUs[countBelow(timesUs, first.atUs) - 1];
  if (beforeUs === undefined || masters.size === 0) return null;
  const parentPid = facts.find((fact) => fact.parentPid !== undefined)?.parentPid ?? null;
  if (parentPid !== null && !masters.has(parentPid)) return null;
  const says = ['surely', 'perhaps'].find((saying) => facts.some(({ saysWorker }) => saysWorker === saying));
  const isSaid = says === 'surely' || (says === 'perhaps' && parentPid !== null);
  const isMissing = !isNoneMissing(places, parentPid, spanOf(timesUs, first, beforeUs));
  if (!isMissing && !isSaid) return null;
  const isCrash = isSaid && (isMissing || parentPid !== null);
  return {
    ...{ server, process: processOf(first.pid, parentPid ?? unknownParent), isUnseen: true },
    ...{ firstSeenUs: beforeUs, lastSeenUs: beforeUs, atUs: first.atUs },
    kind: 'crash',
    cause: causeOf(...crashes.flatMap((crash) => saidIn(crash) ?? [])),
    lines: [...new Set(facts.flatMap(({ lines = [] }) => lines))].slice(0, 12),
    open: isCrash ? null : 'it was in no sample, and whether it was a worker, or a child for a job, is not known',
  };
}

/** Of the kernel's word it is the time between two samples. */
function spanOf(timesUs: Float64Array, { atUs, parentPid }: AlertLine, beforeUs: number) {
  const fromUs = parentPid === undefined ? Math.max(timesUs[0] ?? beforeUs, atUs - lateUs) : beforeUs;
  return { firstSeenUs: fromUs, atUs: Math.min(atUs, timesUs.at(-1) ?? atUs) };
}

/** Nothing was measured of it. */
const processOf = (pid: number, parentPid: number): ProcessSample => ({
  ...{ pid, parentPid, startTicks: 0, role: 'worker', label: 'in no sample' },
  ...{ cpuPercent: null, rssBytes: null, pssBytes: null, threads: null, fileDescriptors: null },
});
