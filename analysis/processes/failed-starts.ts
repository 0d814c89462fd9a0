import type { ProcessSample } from '../../contract/journal/journal.ts';
import { processIdentity } from '../../contract/journal/process-identity.ts';
import { processServers, type Run } from '../interpret/run.ts';
import { apartUs, type ServerTimeline } from '../journal/server.ts';
import { causeInWords } from './cause-in-words.ts';
import { reasonsIn } from './cause-of-end.ts';
import { childlessMasters } from './childless-masters.ts';
import { crashLoop } from './crash-loops.ts';
import { tellsSignal } from './last-words.ts';
import type { ProcessEnd } from './process-end.ts';
import { recoveryFrom } from './recovery.ts';

/** A worker that lived for longer has begun to serve. */
const startingUs = 10_000_000;

/** A master that the old one started in a hot restart, and that never got to serve, while the old one and its workers went on. */
export interface FailedStart {
  readonly pid: number;
  /** Crashes of the master or of its workers. */
  readonly ends: readonly ProcessEnd[];
  readonly firstSeenUs: number;
}

interface Seen {
  readonly process: ProcessSample;
  readonly firstUs: number;
  readonly lastUs: number;
  readonly hadConnections: boolean;
}

/**
 * Those with which no request failed: one that took requests along is a crash.
 * @param ends of all processes, whatever they were taken for.
 * @param crashes those of roots and workers.
 */
export function failedStarts(
  run: Run,
  ends: readonly ProcessEnd[],
  crashes: readonly ProcessEnd[],
): readonly FailedStart[] {
  return processServers(run)
    .flatMap((server) => {
      const own = crashes.filter((end) => end.server === server);
      const childless = childlessMasters(server, ends);
      // Nearly always nothing crashed: then no sample is looked at.
      if (own.length === 0 && childless.length === 0) return [];
      const seen = [...seenOn(server).values()];
      return [
        ...seen.flatMap((master) => failedStart(seen, master, own) ?? []),
        ...childless.flatMap((end) => failedBefore(seen, end) ?? []),
      ];
    })
    .filter((start) => isHarmless(run, start));
}

/** One that ended before it had a worker. */
function failedBefore(seen: readonly Seen[], end: ProcessEnd): FailedStart | null {
  const { process, firstSeenUs } = end;
  const master = { process, firstUs: firstSeenUs, lastUs: end.lastSeenUs, hadConnections: false };
  return oldServesOn(seen, master) ? { pid: process.pid, ends: [end], firstSeenUs } : null;
}

function seenOn({ samples }: ServerTimeline): ReadonlyMap<string, Seen> {
  const seen = new Map<string, Seen>();
  for (const { atUs, processes } of samples) {
    for (const process of processes) {
      const key = processIdentity(process);
      const before = seen.get(key);
      const hadConnections = before?.hadConnections === true || (process.connections ?? 0) > 0;
      seen.set(key, { process, firstUs: before?.firstUs ?? atUs, lastUs: atUs, hadConnections });
    }
  }
  return seen;
}

function failedStart(seen: readonly Seen[], master: Seen, crashes: readonly ProcessEnd[]): FailedStart | null {
  const { process, firstUs } = master;
  if (process.role !== 'root') return null;
  const { pid } = process;
  const ofMaster = crashes.filter((end) => end.process.pid === pid && end.process.startTicks === process.startTicks);
  const ofWorkers = crashes.filter((end) => end.process.parentPid === pid && end.firstSeenUs >= firstUs);
  // One that did not crash failed if its workers die again and again; of one that was killed nobody knows what it had become.
  if (ofMaster.length > 0 ? !ofMaster.some(endedByItself) : crashLoop(ofWorkers) === null) return null;
  const workers = seen.filter((each) => each.process.parentPid === pid && each.firstUs >= firstUs);
  if (master.hadConnections || workers.length === 0 || workers.some(hasServed)) return null;
  return oldServesOn(seen, master) ? { pid, ends: [...ofMaster, ...ofWorkers], firstSeenUs: firstUs } : null;
}

const endedByItself = ({ cause }: ProcessEnd): boolean => cause !== null && !reasonsIn(cause).some(tellsSignal);

const hasServed = ({ firstUs, lastUs, hadConnections }: Seen): boolean =>
  hadConnections || lastUs - firstUs > startingUs;

/** Whether the root that started it runs the same program, and is there after it with a worker from before it. */
function oldServesOn(seen: readonly Seen[], { process, firstUs, lastUs }: Seen): boolean {
  const livedThrough = (each: Seen): boolean => each.firstUs < firstUs && each.lastUs >= lastUs;
  const old = seen.find((each) => each.process.pid === process.parentPid && livedThrough(each));
  if (old === undefined || old.process.role !== 'root' || !areNamedAlike(old.process.label, process.label))
    return false;
  return seen.some(
    (each) => each.process.parentPid === old.process.pid && each.process.role === 'worker' && livedThrough(each),
  );
}

/** A label is that of the first look: "ruby unicorn" becomes "unicorn" as the process gives itself a title. */
const areNamedAlike = (one: string, other: string): boolean =>
  one === other || one.endsWith(` ${other}`) || other.endsWith(` ${one}`);

function isHarmless(run: Run, { ends, firstSeenUs }: FailedStart): boolean {
  const toUs = ends.reduce((last, { atUs }) => Math.max(last, atUs), firstSeenUs);
  const apart = ends.reduce((most, { server }) => Math.max(most, apartUs(server)), 0);
  const { failed, uncertaintyMs } = recoveryFrom(run, { fromUs: firstSeenUs, toUs }, apart);
  return failed === 0 && uncertaintyMs !== null;
}

/** In one sentence, with the cause that most of the ends have. */
export function startsInWords(starts: readonly FailedStart[]): string {
  const masters = starts.length === 1 ? 'a new master' : `${starts.length} new masters`;
  const causes = new Map<string, number>();
  for (const { cause } of starts.flatMap(({ ends }) => ends.slice(0, 1))) {
    if (cause === null) continue;
    const words = causeInWords(cause);
    causes.set(words, (causes.get(words) ?? 0) + 1);
  }
  const [most] = [...causes].toSorted(([, a], [, b]) => b - a);
  return `${masters} failed to start; the old one went on serving${most === undefined ? '' : `: it ${most[0]}`}`;
}
