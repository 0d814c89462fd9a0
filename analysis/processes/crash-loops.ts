import { isSameReason, reasonInWords, type SaidOfEnd, saidIn } from '../../contract/journal/end-reasons.ts';
import type { ServerTimeline } from '../journal/server.ts';
import { countBelow } from '../statistics.ts';
import { counted } from '../words.ts';
import { says } from './cause-of-end.ts';
import type { ProcessEnd } from './process-end.ts';

/** A process that took the place of a crashed one and lived no longer has hardly begun to serve. */
const youngUs = 10_000_000;
/** So many may crash by what a request does to each. */
const enough = 3;

/** Crashes of processes that had taken the place of crashed ones, each soon after its start. */
export interface CrashLoop {
  readonly crashes: number;
  /** How long the one that lived longest was seen for. */
  readonly longestMs: number;
}

/**
 * @param hasServed whether a process had begun to serve, and crashed by something else than its start.
 * @returns null if too few crashed so. What was recycled too soon for its requests did not fail to start.
 */
export function crashLoop(
  ends: readonly ProcessEnd[],
  hasServed: (end: ProcessEnd) => boolean = () => false,
): CrashLoop | null {
  const places = new Map<ProcessEnd['server'], Map<string, ProcessEnd[]>>();
  for (const end of ends) {
    // How long one lived that was in no sample, and whether it had begun to serve, is not known.
    if (end.byRequests === true || end.isUnseen === true) continue;
    const ofServer = places.get(end.server) ?? new Map<string, ProcessEnd[]>();
    places.set(end.server, ofServer);
    const place = `${end.process.parentPid} ${end.process.role}`;
    const before = ofServer.get(place);
    if (before === undefined) ofServer.set(place, [end]);
    else before.push(end);
  }
  const young = [...places.values()].flatMap((ofServer) =>
    [...ofServer.values()].flatMap((crashes) => replacements(crashes).filter((end) => livedUs(end) <= youngUs)),
  );
  if (young.length < enough) return null;
  const inLoop = young.filter((end) => !hasServed(end));
  if (inLoop.length < enough) return null;
  return { crashes: inLoop.length, longestMs: inLoop.reduce((most, end) => Math.max(most, livedUs(end)), 0) / 1000 };
}

type Life = Pick<ProcessEnd, 'firstSeenUs' | 'lastSeenUs' | 'atUs'>;

const livedUs = ({ firstSeenUs, atUs }: Life): number => Math.max(0, atUs - firstSeenUs);

/**
 * Those that began when another had ended, and soon after it: what starts processes anew starts them below the same parent, and does not wait
 * for long. By their order in time, as a process may crash each second for a day.
 */
export function replacements<T extends Life>(crashes: readonly T[]): readonly T[] {
  const byLastSeen = crashes.toSorted((a, b) => a.lastSeenUs - b.lastSeenUs);
  let ended = 0;
  // The two that ended last: one of them is not the process itself.
  let latest: T | undefined;
  let before: T | undefined;
  return crashes
    .toSorted((a, b) => a.firstSeenUs - b.firstSeenUs)
    .filter((end) => {
      for (let next = byLastSeen[ended]; next !== undefined && next.lastSeenUs <= end.firstSeenUs; ) {
        if (latest === undefined || next.atUs >= latest.atUs) [latest, before] = [next, latest];
        else if (before === undefined || next.atUs > before.atUs) before = next;
        ended += 1;
        next = byLastSeen[ended];
      }
      const other = latest === end ? before : latest;
      return other !== undefined && end.firstSeenUs <= other.atUs + youngUs;
    });
}

export const loopInWords = ({ crashes, longestMs }: CrashLoop): string =>
  `${crashes} of them had just taken the place of one that had crashed, and lived for ${(longestMs / 1000).toFixed(1)} s at most`;

/** Starts after a root had ended that ended before one listened again. */
export interface VainStarts {
  readonly atLeast: number;
  /** What the log says of most of them. */
  readonly reason: SaidOfEnd;
}

/**
 * What the log says of processes that ended in the place of a root before one listened again: nobody listens there, so they were not watched.
 * Null if it says of fewer than two.
 */
export function vainStarts({ server, process, atUs, cause }: ProcessEnd): VainStarts | null {
  if (process.role !== 'root') return null;
  const toUs = backUs(server, atUs);
  const times: { readonly said: SaidOfEnd; readonly atUs: Set<number> }[] = [];
  for (const alert of server.alerts) {
    // One that names a process is of that one.
    const said = saidIn(alert);
    if (alert.means !== 'crash' || said === null || alert.startTicks !== undefined) continue;
    if (alert.alert === 'unseen-end') continue;
    if (alert.atUs <= atUs || alert.atUs > toUs) continue;
    const alike = times.find((each) => isSameReason(each.said, said));
    if (alike === undefined) times.push({ said, atUs: new Set([alert.atUs]) });
    else alike.atUs.add(alert.atUs);
  }
  // The log may tell of the root's own end late.
  const isOfRoot = (said: SaidOfEnd): boolean => cause !== null && says(cause, said);
  const counts = times.map((each) => ({ said: each.said, count: each.atUs.size - Number(isOfRoot(each.said)) }));
  const [most] = counts.toSorted((a, b) => b.count - a.count);
  return most === undefined || most.count < 2 ? null : { atLeast: most.count, reason: most.said };
}

/** Of all crashes together; null if there was none. */
export function allVainStarts(ends: readonly ProcessEnd[]): VainStarts | null {
  const each = ends.flatMap((end) => vainStarts(end) ?? []);
  const [most] = each.toSorted((a, b) => b.atLeast - a.atLeast);
  return most === undefined ? null : { ...most, atLeast: each.reduce((sum, { atLeast }) => sum + atLeast, 0) };
}

export const vainStartsInWords = ({ atLeast, reason }: VainStarts): string =>
  `it dies as it starts: started again at least ${atLeast} times in vain (it ${reasonInWords(reason)})`;

/** Evidence of one crash. */
export function startsWhileAway(end: ProcessEnd): readonly string[] {
  const vain = vainStarts(end);
  if (vain === null) return [];
  const ends = `${counted(vain.atLeast, 'process', 'processes')} started in its place ended before one listened`;
  return [`as the log says, at least ${ends}: it ${reasonInWords(vain.reason)}`];
}

/** When a root was seen, by samples: read once, as a pass over those of a day takes seconds. */
const rootSeenUs = new WeakMap<ServerTimeline['samples'], Float64Array>();

/** When a root was seen first from `fromUs` on. */
function backUs({ samples }: Pick<ServerTimeline, 'samples'>, fromUs: number): number {
  const known = rootSeenUs.get(samples);
  const seenUs =
    known ??
    Float64Array.from(
      samples.flatMap(({ atUs, processes }) => (processes.some(({ role }) => role === 'root') ? [atUs] : [])),
    );
  if (known === undefined) rootSeenUs.set(samples, seenUs);
  return seenUs[countBelow(seenUs, fromUs)] ?? Number.POSITIVE_INFINITY;
}
