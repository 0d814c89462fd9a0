import { processIdentity } from '../../contract/journal/process-identity.ts';
import type { Run } from '../interpret/run.ts';
import { type StartOf, startsOn } from '../journal/process-starts.ts';
import { apartUs, type ServerTimeline } from '../journal/server.ts';
import type { ProcessEnd } from './process-end.ts';
import { RequestsAtEnd } from './requests-at-end.ts';

/** Who lived for longer had something to do: an idle worker, if it was nothing else. */
const jobUs = 60_000_000;
/** Workers that a server starts with. */
const togetherTicks = 300;
/** What starts a worker anew does not wait for longer. */
const replacedUs = 10_000_000;

/** A process that was seen with a connection. */
interface Serving {
  readonly key: string;
  readonly startTicks: number;
  readonly firstUs: number;
  lastUs: number;
  hasServed: boolean;
}

/**
 * A master may fork children for jobs, too, and those have the command line of its workers. Such a child is told as a helper if it never had a
 * connection, began after the first workers and lived no longer than a minute, no log names it, no request broke off with it, and none was missing whose place it could have taken: all its life as many
 * that serve were there as ever before. One that came right after a crash of a process that had not served may be its replacement.
 * @param ends of all processes.
 */
export function withMasterJobs(run: Run, ends: readonly ProcessEnd[]): readonly ProcessEnd[] {
  // Nearly always there is none: then no sample is looked at.
  const candidates = ends.filter(isUnnamed);
  if (candidates.length === 0) return ends;
  const requests = new RequestsAtEnd(run);
  const servers = [...new Set(candidates.map(({ server }) => server))];
  const looks = new Map(servers.map((server) => [server, lookAt(server)]));
  const jobs = new Set<ProcessEnd>();
  const crashedIdle: ProcessEnd[] = [];
  for (const end of ends.toSorted((a, b) => a.atUs - b.atUs)) {
    if (end.process.role !== 'worker') continue;
    const look = looks.get(end.server);
    const places = look?.serving.get(placeOf(end)) ?? [];
    const hasServed = places.some(({ key }) => key === processIdentity(end.process));
    const isYoung = look !== undefined && livedUs(look, end) <= jobUs && !isFirst(places, end);
    const isJob = !hasServed && isYoung && isUnnamed(end) && isSurplus(places, end);
    if (isJob && !mayReplace(crashedIdle, end) && !brokeOff(requests, end)) {
      jobs.add(end);
    } else if (!hasServed && end.kind === 'crash') crashedIdle.push(end);
  }
  return ends.map((end) => (jobs.has(end) ? { ...end, process: { ...end.process, role: 'helper' } } : end));
}

/** Children of one parent with one label. */
const placeOf = ({ process: { parentPid, label } }: Pick<ProcessEnd, 'process'>): string => `${parentPid} ${label}`;

const isUnnamed = ({ process, kind, lines }: ProcessEnd): boolean =>
  process.role === 'worker' && kind !== 'graceful' && lines.length === 0;

interface Look {
  readonly serving: ReadonlyMap<string, readonly Serving[]>;
  readonly startOf: StartOf;
}

const lookAt = (server: ServerTimeline): Look => ({ serving: servingOn(server), startOf: startsOn(server) });

const livedUs = ({ startOf }: Look, { atUs, process }: ProcessEnd): number =>
  atUs - (startOf(process) ?? Number.NEGATIVE_INFINITY);

function servingOn({ samples }: ServerTimeline): ReadonlyMap<string, readonly Serving[]> {
  const places = new Map<string, Map<string, Serving>>();
  for (const { atUs, processes } of samples) {
    for (const process of processes) {
      if (process.role !== 'worker') continue;
      const place = placeOf({ process });
      const seen = places.get(place) ?? new Map<string, Serving>();
      places.set(place, seen);
      const key = processIdentity(process);
      const known = seen.get(key) ?? {
        key,
        startTicks: process.startTicks,
        firstUs: atUs,
        lastUs: atUs,
        hasServed: false,
      };
      known.lastUs = atUs;
      known.hasServed ||= (process.connections ?? 0) > 0;
      seen.set(key, known);
    }
  }
  return new Map([...places].map(([place, seen]) => [place, [...seen.values()].filter(({ hasServed }) => hasServed)]));
}

const isFirst = (serving: readonly Serving[], { process: { startTicks } }: ProcessEnd): boolean =>
  serving.every((each) => startTicks <= each.startTicks + togetherTicks);

/** Whether as many that serve lived from before it until after it as ever lived at once before it. */
function isSurplus(serving: readonly Serving[], { firstSeenUs, atUs }: ProcessEnd): boolean {
  const before = serving.filter(({ firstUs }) => firstUs <= firstSeenUs);
  const through = before.filter(({ lastUs }) => lastUs >= atUs).length;
  const most = before.reduce((so, { firstUs }) => Math.max(so, aliveAt(before, firstUs)), 0);
  return through > 0 && through >= most;
}

const aliveAt = (serving: readonly Serving[], atUs: number): number =>
  serving.filter(({ firstUs, lastUs }) => firstUs <= atUs && lastUs >= atUs).length;

const mayReplace = (crashed: readonly ProcessEnd[], end: ProcessEnd): boolean =>
  crashed.some(
    (other) =>
      other.server === end.server &&
      placeOf(other) === placeOf(end) &&
      end.firstSeenUs >= other.lastSeenUs &&
      end.firstSeenUs <= other.atUs + replacedUs,
  );

function brokeOff(requests: RequestsAtEnd, { lastSeenUs, atUs, server }: ProcessEnd): boolean {
  const { maybe } = requests.brokenOff(lastSeenUs, atUs, apartUs(server));
  return maybe.cutOff + maybe.metClosing + maybe.either > 0;
}
