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

/** A child of a master, as samples show it. */
interface Child {
  readonly key: string;
  readonly parentPid: number;
  readonly startTicks: number;
  readonly firstUs: number;
  lastUs: number;
  /** It was seen with a connection. */
  hasServed: boolean;
}

/** Children of one parent with one label. */
interface Place {
  readonly parentPid: number;
  readonly serving: readonly Child[];
  /** Those that a server starts with, if none was seen to serve. */
  readonly first: readonly Child[];
  /** Others than the first were there before anybody looked, and there were not as many in each sample: some were no replacements. */
  readonly mayHaveJobs: boolean;
}

type Lived = Pick<ProcessEnd, 'firstSeenUs' | 'atUs'>;

type Places = ReadonlyMap<string, Place>;

const noPlace: Place = { parentPid: 0, serving: [], first: [], mayHaveJobs: false };

/**
 * A master may fork children for jobs, too, and those have the command line of its workers. Such a child is told as a helper if it never had a
 * connection, began after the first workers and lived no longer than a minute, no log names it, no request broke off with it, and none was missing whose place it could have taken: all its life as many
 * that serve were there as ever before. One that came right after a crash of a process that had not served may be its replacement. Where
 * nobody was seen to serve, the first children stand for the workers, and such a child is left open.
 * @param ends of all processes.
 */
export function withMasterJobs(run: Run, ends: readonly ProcessEnd[]): readonly ProcessEnd[] {
  // Nearly always there is none: then no sample is looked at.
  const candidates = ends.filter(isUnnamed);
  if (candidates.length === 0) return ends;
  const requests = new RequestsAtEnd(run);
  const servers = [...new Set(candidates.map(({ server }) => server))];
  const looks = new Map(servers.map((server) => [server, lookAt(server)]));
  const jobs = new Map<ProcessEnd, ProcessEnd>();
  const crashedIdle: ProcessEnd[] = [];
  for (const end of ends.toSorted((a, b) => a.atUs - b.atUs)) {
    if (end.process.role !== 'worker') continue;
    const look = looks.get(end.server);
    const place = look?.places.get(placeOf(end)) ?? noPlace;
    const { serving } = place;
    const standing = standingIn(place);
    const hasServed = serving.some(({ key }) => key === processIdentity(end.process));
    const isYoung = look !== undefined && livedUs(look, end) <= jobUs && !isFirst(standing, end);
    const isExtra = (serving.length > 0 || place.mayHaveJobs) && isSurplus(standing, end);
    const isJob = !hasServed && isYoung && isUnnamed(end) && isExtra;
    if (isJob && !mayReplace(crashedIdle, end) && !brokeOff(requests, end)) {
      jobs.set(end, serving.length > 0 ? asJob(end) : asOpen(end));
    } else if (!hasServed && end.kind === 'crash') crashedIdle.push(end);
  }
  return ends.map((end) => jobs.get(end) ?? end);
}

const asJob = (end: ProcessEnd): ProcessEnd => ({ ...end, process: { ...end.process, role: 'helper' } });

const asOpen = (end: ProcessEnd): ProcessEnd =>
  end.kind === 'crash' && end.open === null
    ? {
        ...end,
        open: 'whether it was a worker, or a child for a job, is not known: no process of its kind was seen with a connection',
      }
    : end;

const placeOf = ({ process: { parentPid, label } }: Pick<ProcessEnd, 'process'>): string => `${parentPid} ${label}`;

const isUnnamed = ({ process, kind, lines }: ProcessEnd): boolean =>
  process.role === 'worker' && kind !== 'graceful' && lines.length === 0;

interface Look {
  readonly places: Places;
  readonly startOf: StartOf;
}

const lookAt = (server: ServerTimeline): Look => ({ places: placesOn(server), startOf: startsOn(server) });

const livedUs = ({ startOf }: Look, { atUs, process }: ProcessEnd): number =>
  atUs - (startOf(process) ?? Number.NEGATIVE_INFINITY);

/**
 * Whether no worker was missing, of one master or of all, whose place one that was in no sample could have taken.
 * @param parentPid null: nobody knows whose child it was.
 */
export function isNoneMissing(places: Places, parentPid: number | null, span: Lived): boolean {
  const all = [...places.values()].filter((place) => parentPid === null || place.parentPid === parentPid);
  const serving = all.filter((place) => place.serving.length > 0);
  const telling = serving.length > 0 ? serving : all;
  return telling.length > 0 && telling.every((place) => isSurplus(standingIn(place), span));
}

export function placesOn({ samples }: ServerTimeline): Places {
  const places = new Map<string, Map<string, Child>>();
  const counts = new Map<string, Set<number>>();
  for (const { atUs, processes } of samples) {
    const here = new Map<string, number>();
    for (const process of processes) {
      if (process.role !== 'worker') continue;
      const place = placeOf({ process });
      const seen = places.get(place) ?? new Map<string, Child>();
      places.set(place, seen);
      here.set(place, (here.get(place) ?? 0) + 1);
      const key = processIdentity(process);
      const known = seen.get(key) ?? {
        key,
        parentPid: process.parentPid,
        startTicks: process.startTicks,
        firstUs: atUs,
        lastUs: atUs,
        hasServed: false,
      };
      known.lastUs = atUs;
      known.hasServed ||= (process.connections ?? 0) > 0;
      seen.set(key, known);
    }
    for (const [place, count] of here) counts.set(place, (counts.get(place) ?? new Set()).add(count));
  }
  return new Map(
    [...places].map(([place, seen]) => [place, placeWith([...seen.values()], counts.get(place)?.size === 1)]),
  );
}

function placeWith(children: readonly Child[], isSteady: boolean): Place {
  const oldest = children.reduce((min, { startTicks }) => Math.min(min, startTicks), Number.POSITIVE_INFINITY);
  const lookedUs = children.reduce((min, { firstUs }) => Math.min(min, firstUs), Number.POSITIVE_INFINITY);
  return {
    parentPid: children[0]?.parentPid ?? 0,
    serving: children.filter(({ hasServed }) => hasServed),
    first: children.filter(({ startTicks }) => startTicks <= oldest + togetherTicks),
    mayHaveJobs:
      !isSteady && children.some((each) => each.firstUs === lookedUs && each.startTicks > oldest + togetherTicks),
  };
}

const standingIn = ({ serving, first }: Place): readonly Child[] => (serving.length > 0 ? serving : first);

const isFirst = (standing: readonly Child[], { process: { startTicks } }: ProcessEnd): boolean =>
  standing.every((each) => startTicks <= each.startTicks + togetherTicks);

/** Whether as many that serve lived from before it until after it as ever lived at once before it. */
function isSurplus(serving: readonly Child[], { firstSeenUs, atUs }: Lived): boolean {
  const before = serving.filter(({ firstUs }) => firstUs <= firstSeenUs);
  const through = before.filter(({ lastUs }) => lastUs >= atUs).length;
  const most = before.reduce((so, { firstUs }) => Math.max(so, aliveAt(before, firstUs)), 0);
  return through > 0 && through >= most;
}

const aliveAt = (serving: readonly Child[], atUs: number): number =>
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
