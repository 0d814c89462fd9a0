import type { PostgresLookLine } from '../../contract/journal/journal.ts';
import { phaseSpansOf } from '../interpret/phase-spans.ts';
import type { Run } from '../interpret/run.ts';
import { coveredUs, mergedSpans } from '../interpret/spans.ts';
import type { Span } from '../journal/timeline.ts';
import { max } from '../statistics.ts';

// Sessions of PostgreSQL that are idle in transaction: each holds a connection, its locks, and what vacuum would remove.

/** Between two statements of a request a session is idle for a moment, too. */
const minToldMs = 1000;
/** Of shorter load no third has looks enough. */
const minLoadUs = 10_000_000;
/** After the last answer: what a request held until then has ended. */
const restUs = 500_000;

/** Sessions that were left idle in transaction, one after another. */
export interface LeftSessions extends Span {
  /** More after the load than before it. */
  readonly count: number;
  readonly note: string;
}

interface Known {
  readonly atUs: number;
  readonly idle: number;
  readonly longestMs: number;
}

const knownOf = (looks: readonly PostgresLookLine[]): readonly Known[] =>
  looks.flatMap(({ atUs, idleInTransaction: idle, longestIdleInTransactionMs: longestMs }) =>
    idle === null || longestMs === null ? [] : [{ atUs, idle, longestMs }],
  );

/** How many there were at one time, and for how long; nothing where each was idle for a moment only. */
export function idleWords(looks: readonly PostgresLookLine[]): readonly string[] {
  const known = knownOf(looks);
  const longestMs = max(known.map((look) => look.longestMs)) ?? 0;
  const most = max(known.map(({ idle }) => idle)) ?? 0;
  if (longestMs < minToldMs || most === 0) return [];
  const were = most === 1 ? '1 session was' : `up to ${most} sessions were`;
  return [`${were} idle in transaction at one time, the longest for ${secondsOf(longestMs)}`];
}

/**
 * Null unless the number that stays grew in each third of the load, is still there when all is answered, and the oldest is older than the
 * first third's end and than any request. How many stay from a look on is the least of it and all later looks: sessions that come
 * and go do not count. Those of another program, and a pool that is used up to its size, do not grow to the end.
 */
export function leftSessions(run: Run, looks: readonly PostgresLookLine[]): LeftSessions | null {
  const known = knownOf(looks);
  const load = mergedSpans(
    run.scenarios.flatMap((scenario) =>
      [...phaseSpansOf(scenario).values()].map(({ firstUs, lastUs }) => ({ fromUs: firstUs, toUs: lastUs })),
    ),
  );
  const endUs = load.at(-1)?.toUs ?? 0;
  const loadUs = coveredUs(load, { fromUs: 0, toUs: endUs });
  const [first, last] = [known[0], known.at(-1)];
  const rest = known.findIndex(({ atUs }) => atUs >= endUs + restUs);
  if (first === undefined || last === undefined || loadUs < minLoadUs || rest === -1) return null;
  const stays = staysFrom(known);
  const afterThirds = [1, 2].map((n) =>
    known.findIndex(({ atUs }) => 3 * coveredUs(load, { fromUs: 0, toUs: atUs }) >= n * loadUs),
  );
  const left = stays[rest] ?? 0;
  const counts = [first.idle, ...afterThirds.map((at) => stays[at] ?? 0), left];
  const isGrowing = counts.every((count, n) => n === 0 || count > (counts[n - 1] ?? 0));
  if (!isGrowing) return null;
  const thirdUs = known[afterThirds[0] ?? 0]?.atUs ?? endUs;
  const longestRequestMs = longestRequestMsOf(run);
  const isOld = last.longestMs * 1000 >= last.atUs - thirdUs && last.longestMs > longestRequestMs;
  if (!isOld) return null;
  return {
    ...{ fromUs: first.atUs, toUs: last.atUs, count: left - first.idle },
    note: `the oldest for ${secondsOf(last.longestMs)}, while the longest request took ${secondsOf(longestRequestMs)}`,
  };
}

/** From each look on. */
function staysFrom(known: readonly Known[]): readonly number[] {
  let least = Number.POSITIVE_INFINITY;
  return known
    .toReversed()
    .map(({ idle }) => {
      least = Math.min(least, idle);
      return least;
    })
    .reverse();
}

function longestRequestMsOf({ scenarios }: Run): number {
  let longestUs = 0;
  for (const { ledger, digest } of scenarios) {
    longestUs = Math.max(longestUs, digest?.times.histogram.maxValue ?? 0);
    for (let at = 0; ledger !== null && at < ledger.length; at += 1) {
      if (ledger.isSignal(at)) longestUs = Math.max(longestUs, ledger.tookUs(at));
    }
  }
  return longestUs / 1000;
}

const secondsOf = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
