import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { isInPause } from '../interpret/pauses.ts';
import { hostOf, processServers, type Run } from '../interpret/run.ts';
import { maxBlindUs } from '../interpret/unwatched-edges.ts';
import { apartUs, type ServerTimeline } from '../journal/server.ts';
import { atSecond } from '../words.ts';
import { EndCauses } from './end-causes.ts';
import { EndMoments } from './end-moments.ts';
import { isBreaking, sharedWith } from './end-notes.ts';
import { asCrash, asMet, type Judged, judgedByCode } from './ends-by-code.ts';
import type { ProcessEnd } from './process-end.ts';
import { RequestsAtEnd } from './requests-at-end.ts';
import { withSilentEnds } from './silent-ends.ts';

interface Alive {
  readonly process: ProcessSample;
  readonly firstSeenUs: number;
}

type Ended = Pick<Run, 'servers' | 'scenarios' | 'manifest'>;

/** Every end of a process of the servers' trees between two samples, with what is known of its cause. */
export function processEnds(run: Ended): readonly ProcessEnd[] {
  const seen = new Set<string>();
  const all = processServers(run).flatMap((server) => {
    const own = endsOn(server).flatMap((end) => withinRun(run, end) ?? []);
    // Two monitors of one machine may watch the same process.
    const news = own.filter(({ process }) => !seen.has(processOfMachine(server, process)));
    for (const { process } of news) seen.add(processOfMachine(server, process));
    return news;
  });
  return withRequests(run, all);
}

/** Key of a process among all machines: the same pid elsewhere is another process. */
export function processOfMachine(
  { id, identity }: ServerTimeline,
  process: Pick<ProcessSample, 'pid' | 'startTicks'>,
): string {
  const { bootId, host, pidNamespace } = identity;
  const machine = bootId === null || host === undefined ? id : `${bootId}/${host}/${pidNamespace ?? ''}`;
  return `${machine}/${processIdentity(process)}`;
}

function endsOn(server: ServerTimeline): readonly ProcessEnd[] {
  const parents = new Map<number, number>();
  const labels = new Map<number, string>();
  const causes = new EndCauses(server.alerts, parents, labels);
  const moments = new EndMoments(server);
  const workers = lateWorkers(server);
  const alive = new Map<string, Alive>();
  const ends = new Map<string, ProcessEnd>();
  let lastSeenUs = 0;
  for (const sample of server.samples) {
    let present = 0;
    const here = new Set<string>();
    for (const process of sample.processes) {
      const key = processIdentity(process);
      here.add(key);
      if (alive.has(key)) present += 1;
    }
    // Nearly always all of them are still there.
    if (present < alive.size) {
      for (const [key, { process, firstSeenUs }] of alive) {
        if (here.has(key)) continue;
        const { pid, startTicks, label } = process;
        const cause = causes.of({ pid, startTicks, label, firstSeenUs, lastSeenUs, goneUs: sample.atUs });
        const isUnseen = cause.kind === 'unexplained' && isInPause(server, lastSeenUs, sample.atUs);
        const open = isUnseen ? 'nobody watched when it ended' : null;
        const span = moments.of(process, { lastSeenUs, atUs: sample.atUs });
        ends.set(key, { server, process: asWorker(workers, process), firstSeenUs, ...span, open, ...cause });
        alive.delete(key);
      }
    }
    moments.sampled(sample.atUs);
    for (const process of sample.processes) {
      const key = processIdentity(process);
      // It was out of sight, as a server is for a moment that takes over from another.
      if (!alive.has(key)) ends.delete(key);
      if (!alive.has(key)) {
        labels.set(process.pid, process.label);
        parents.set(process.pid, process.parentPid);
      }
      alive.set(key, { process, firstSeenUs: alive.get(key)?.firstSeenUs ?? sample.atUs });
    }
    lastSeenUs = sample.atUs;
  }
  return withSilentEnds([...ends.values()], labels);
}

/** Processes that ended before they were known to be workers: the monitor tells of them later. */
function lateWorkers({ alerts }: Pick<ServerTimeline, 'alerts'>): ReadonlySet<string> {
  return new Set(
    alerts.flatMap(({ alert, pid, startTicks, role }) =>
      alert === 'process-ended' && role === 'worker' && pid !== undefined && startTicks !== undefined
        ? [processIdentity({ pid, startTicks })]
        : [],
    ),
  );
}

const asWorker = (workers: ReadonlySet<string>, process: ProcessSample): ProcessSample =>
  process.role === 'helper' && workers.has(processIdentity(process)) ? { ...process, role: 'worker' } : process;

/** A monitor elsewhere may have watched long before and after the run: null for an end that is not of the run. */
export function withinRun({ manifest }: Pick<Run, 'manifest'>, end: ProcessEnd): ProcessEnd | null {
  const { source, uncertaintyUs } = end.server.clock;
  if (source === 'own') return end;
  const [fromUs, toUs] = [manifest.startedAtUs, manifest.endedAtUs ?? Number.POSITIVE_INFINITY];
  if (end.atUs + uncertaintyUs < fromUs || end.lastSeenUs - uncertaintyUs > toUs) return null;
  const isSure = end.lastSeenUs - uncertaintyUs >= fromUs && end.atUs + uncertaintyUs <= toUs;
  return isSure ? end : { ...end, open: 'whether it ended during the run is not known' };
}

/** Ends that cut no request off, as far as the causes tell. */
const atRest = ({ kind }: ProcessEnd): boolean => kind !== 'crash';

/**
 * An end that cut requests off was a crash, unless another one at that time did that. Nobody replaces a root that ended unexplained: it
 * crashed in any case.
 */
function withRequests(
  run: Pick<Run, 'scenarios' | 'servers' | 'manifest'>,
  ends: readonly ProcessEnd[],
): readonly ProcessEnd[] {
  const known = ends.map((end) =>
    end.kind === 'unexplained' && end.process.role === 'root' ? { ...end, kind: 'crash' as const } : end,
  );
  const serving = known.filter(({ process }) => process.role !== 'helper');
  if (!serving.some(atRest)) return known;
  const requests = new RequestsAtEnd(run);
  const resting = serving.filter(atRest);
  const judged = judgedByCode(
    requests,
    resting.map((end) => withOwnRequests(requests, end, serving)),
    serving.filter((end) => !atRest(end)),
  );
  const ofEnd = new Map(resting.map((end, n) => [end, judged[n]?.end ?? end]));
  return sharingRequests(known.map((end) => ofEnd.get(end) ?? end));
}

/** Where several end between two samples, nobody knows which of them a request broke off with: it is told of all of them together. */
function sharingRequests(ends: readonly ProcessEnd[]): readonly ProcessEnd[] {
  const breaking = ends.filter(({ cause }) => (cause?.notes ?? []).some(isBreaking));
  if (breaking.length < 2) return ends;
  const all = new Set(breaking);
  return ends.map((end) => {
    const { cause } = end;
    if (cause === null || !all.has(end)) return end;
    const others = breaking.filter((other) => other !== end && areTogether(end, other)).length;
    return { ...end, cause: { ...cause, notes: sharedWith(cause.notes ?? [], others) } };
  });
}

function withOwnRequests(requests: RequestsAtEnd, end: ProcessEnd, serving: readonly ProcessEnd[]): Judged {
  const { surely, maybe } = requests.brokenOff(end.lastSeenUs, end.atUs, apartUs(end.server));
  const isOthers = serving.some((other) => !atRest(other) && areTogether(end, other));
  if (maybe.cutOff + maybe.metClosing + maybe.either === 0 || isOthers) return { end, broken: 0 };
  const all = surely.cutOff + surely.metClosing + surely.either;
  // Of an end without a cause any request that broke off is evidence.
  const broken = end.cause === null || end.isUnasked === true ? all : surely.cutOff;
  if (broken === 0 && maybe.cutOff + maybe.either > 0) {
    const why = maybe.cutOff > 0 ? 'its clock is off by too much' : 'the machine had no CPU to spare';
    return { end: { ...end, open: end.open ?? `whether it cut requests off is not known, for ${why}` }, broken: all };
  }
  if (broken === 0) {
    return { end: end.cause === null || end.byCodeAlone === true ? end : asMet(end, maybe.metClosing), broken: all };
  }
  return { end: asCrash(end, all, broken), broken: all };
}

function areTogether(end: ProcessEnd, other: ProcessEnd): boolean {
  const wideUs = end.server === other.server ? 0 : end.server.clock.uncertaintyUs + other.server.clock.uncertaintyUs;
  return other.lastSeenUs <= end.atUs + wideUs && other.atUs >= end.lastSeenUs - wideUs;
}

/** When a monitor did not watch while load ran, in words; empty if all of them saw all of it. */
export function blindSpots(run: Run): readonly string[] {
  if (run.servers.length === 0) return ['no server was watched'];
  const servers = processServers(run);
  if (servers.every(({ samples }) => samples.length === 0)) return ['no process of the server was watched'];
  return servers.flatMap((server) => {
    const host = hostOf(run, server);
    return blindSpotsOf(run, server).map((text) => (host === null ? text : `${host}: ${text}`));
  });
}

/** Whether any look found a process: not if the server ended before the first one, or if its processes are hidden. */
function sawProcesses({ samples }: ServerTimeline): boolean {
  for (const { processes } of samples) if (processes.length > 0) return true;
  return false;
}

function blindSpotsOf({ scenarios, manifest }: Run, server: ServerTimeline): readonly string[] {
  if (server.samples.length > 0 && !sawProcesses(server)) {
    return [
      'no look found a process of the server: it had ended before, or this user may not see it (hidepid): use sudo',
      ...(server.identity.unwatched ?? []),
    ];
  }
  const { source, uncertaintyUs } = server.clock;
  if (source === 'unknown')
    return ['its clock offset is not known, nor so whether it watched all the time: give --clock-offset'];
  const from = scenarios.reduce((min, { window }) => Math.min(min, window.startedAtUs), Number.POSITIVE_INFINITY);
  const to = scenarios.reduce((max, { window }) => Math.max(max, window.endedAtUs ?? window.startedAtUs), 0);
  const times = [from, ...server.samples.map(({ atUs }) => atUs).filter((atUs) => atUs >= from && atUs <= to), to];
  const gaps = times.flatMap((atUs, n) => {
    const before = times[n - 1] ?? atUs;
    // The load's start and end are on the run's clock, and the samples between them on the monitor's.
    const isEdge = n === 1 || n === times.length - 1;
    if (atUs - before + (isEdge ? uncertaintyUs : 0) <= maxBlindUs) return [];
    return [
      `no sample of the server for ${((atUs - before) / 1e6).toFixed(1)} s ${atSecond(before, manifest.startedAtUs)}`,
    ];
  });
  return [...gaps, ...(server.identity.unwatched ?? [])];
}

/** How many processes that serve were ever seen on all machines, helpers apart. */
export function watchedProcesses(run: Pick<Run, 'servers'>): number {
  const seen = new Set<string>();
  for (const server of processServers(run)) {
    const workers = lateWorkers(server);
    for (const { processes } of server.samples) {
      for (const process of processes) {
        if (asWorker(workers, process).role !== 'helper') seen.add(processOfMachine(server, process));
      }
    }
  }
  return seen.size;
}
