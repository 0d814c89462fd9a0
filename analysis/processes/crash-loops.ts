import type { ServerTimeline } from '../journal/server.ts';
import { counted } from '../words.ts';
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

/** @returns null if too few crashed so. What was recycled too soon for its requests did not fail to start. */
export function crashLoop(ends: readonly ProcessEnd[]): CrashLoop | null {
  const crashes = ends.filter(({ byRequests }) => byRequests !== true);
  const inLoop = crashes.filter((end) => livedUs(end) <= youngUs && crashes.some((other) => isInPlaceOf(end, other)));
  if (inLoop.length < enough) return null;
  return { crashes: inLoop.length, longestMs: inLoop.reduce((most, end) => Math.max(most, livedUs(end)), 0) / 1000 };
}

const livedUs = ({ firstSeenUs, atUs }: ProcessEnd): number => Math.max(0, atUs - firstSeenUs);

/** What starts processes anew starts them below the same parent, and does not wait for long. */
const isInPlaceOf = (end: ProcessEnd, other: ProcessEnd): boolean =>
  end.server === other.server &&
  end.process.parentPid === other.process.parentPid &&
  end.process.role === other.process.role &&
  end.firstSeenUs >= other.lastSeenUs &&
  end.firstSeenUs <= other.atUs + youngUs &&
  end !== other;

export const loopInWords = ({ crashes, longestMs }: CrashLoop): string =>
  `${crashes} of them had just taken the place of one that had crashed, and lived for ${(longestMs / 1000).toFixed(1)} s at most`;

/** What to do about it. */
export const loopAdvice =
  'they die again and again: look at what runs as a process starts (configuration, imports, connections that it opens), and at its first request';

/** Starts after a root had ended that ended before one listened again. */
export interface VainStarts {
  readonly atLeast: number;
  /** What the log says of most of them, in words that follow "it". */
  readonly cause: string;
}

/**
 * What the log says of processes that ended in the place of a root before one listened again: nobody listens there, so they were not watched.
 * Null if it says of fewer than two.
 */
export function vainStarts({ server, process, atUs, cause }: ProcessEnd): VainStarts | null {
  if (process.role !== 'root') return null;
  const toUs = backUs(server, atUs);
  const times = new Map<string, Set<number>>();
  for (const alert of server.alerts) {
    // One that names a process that was seen is of that one.
    if (alert.means !== 'crash' || alert.cause === undefined || alert.startTicks !== undefined) continue;
    if (alert.atUs <= atUs || alert.atUs > toUs) continue;
    times.set(alert.cause, (times.get(alert.cause) ?? new Set()).add(alert.atUs));
  }
  // The log may tell of the root's own end late.
  const counts = [...times].map(([said, at]) => ({ said, count: at.size - (cause?.includes(said) === true ? 1 : 0) }));
  const [most] = counts.toSorted((a, b) => b.count - a.count);
  return most === undefined || most.count < 2 ? null : { atLeast: most.count, cause: most.said };
}

/** Of all crashes together; null if there was none. */
export function allVainStarts(ends: readonly ProcessEnd[]): VainStarts | null {
  const each = ends.flatMap((end) => vainStarts(end) ?? []);
  const [most] = each.toSorted((a, b) => b.atLeast - a.atLeast);
  return most === undefined ? null : { ...most, atLeast: each.reduce((sum, { atLeast }) => sum + atLeast, 0) };
}

export const vainStartsInWords = ({ atLeast, cause }: VainStarts): string =>
  `it dies as it starts: started again at least ${atLeast} times in vain (it ${cause})`;

/** Evidence of one crash. */
export function startsWhileAway(end: ProcessEnd): readonly string[] {
  const vain = vainStarts(end);
  if (vain === null) return [];
  const ends = `${counted(vain.atLeast, 'process', 'processes')} started in its place ended before one listened`;
  return [`as the log says, at least ${ends}: it ${vain.cause}`];
}

function backUs({ samples }: Pick<ServerTimeline, 'samples'>, fromUs: number): number {
  for (const { atUs, processes } of samples) {
    if (atUs >= fromUs && processes.some(({ role }) => role === 'root')) return atUs;
  }
  return Number.POSITIVE_INFINITY;
}
