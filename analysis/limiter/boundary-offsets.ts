import type { BoundarySchedule } from '../../contract/plan/plan.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import type { Run } from '../interpret/run.ts';
import type { Ledger } from '../journal/ledger.ts';
import { doublesFrom, maxAdmitted } from './bounds.ts';
import { requestsOfRole } from './role-requests.ts';

/** If fewer offsets than this share were sent in time, a window that doubles around its edges may pass unseen. */
const minShareInTime = 0.2;
/** As many times its bound, at the least, as shows. */
const clearly = 1.2;

/** How many offsets of the boundary probe took place as planned. */
export interface BoundaryOffsets {
  readonly planned: number;
  readonly inTime: number;
}

/**
 * Where a limiter that must not double around the edges of a window was hardly tested there: a busy generator sends what is due before
 * an instant and after it at once, and answers that take as long as a window leave open when they were decided. Null if it was.
 */
export function missedBoundary(run: Run, limiter: DeclaredLimiter): BoundaryOffsets | null {
  const scenario = run.scenarios.find(({ name }) => name === 'rate-limit');
  const phase = scenario?.plan.phases.find(({ role }) => role === 'limiter.boundary');
  const ledger = scenario?.ledger ?? null;
  if (ledger === null || phase?.schedule.kind !== 'boundary') return null;
  const { schedule } = phase;
  const { atOnce, halfGapMs, offsets: planned } = schedule;
  // What waits in the line of a delaying limiter is answered late, and in turn.
  if (limiter.kind === 'delaying' || 2 * atOnce < doublesFrom * maxAdmitted(limiter, 2 * halfGapMs)) return null;
  const inTime = requestsOfRole(ledger, 'limiter.boundary').reduce(
    (sum, indices) => sum + offsetsInTime(ledger, indices, schedule, limiter),
    0,
  );
  return inTime < minShareInTime * planned ? { planned, inTime } : null;
}

/**
 * Of one webhook: all signals of the offset were answered within a window, and those before the instant were sent apart from those after it,
 * or so many lie on each side of the end of the priming request's window that one which doubles there would admit clearly too many. A
 * large limit is sent by few VUs, whose two groups run into each other.
 * @param indices in order of sending; each offset begins with its priming request.
 */
export function offsetsInTime(
  ledger: Ledger,
  indices: Uint32Array,
  { atOnce, windowMs, halfGapMs }: Pick<BoundarySchedule, 'atOnce' | 'windowMs' | 'halfGapMs'>,
  limiter: DeclaredLimiter,
): number {
  const sendUs = (n: number): number => ledger.sendUs(indices[n] ?? 0);
  const enough = clearly * maxAdmitted(limiter, windowMs);
  let inTime = 0;
  for (let first = 1; first + 2 * atOnce <= indices.length; first += 1) {
    const isApart = sendUs(first + atOnce) - sendUs(first + atOnce - 1) >= halfGapMs * 1000;
    const both = indices.subarray(first, first + 2 * atOnce);
    const edgeUs = sendUs(first - 1) + windowMs * 1000;
    if (!isApart && doubledAround(ledger, both, edgeUs, limiter) < enough) continue;
    const lastUs = both.reduce((last, at) => Math.max(last, ledger.endUs(at)), 0);
    if (lastUs - sendUs(first) >= windowMs * 1000) continue;
    inTime += 1;
    first += 2 * atOnce - 1;
  }
  return inTime;
}

/** What a window of N would admit of these before its edge, and the next one after it. */
function doubledAround(ledger: Ledger, signals: Uint32Array, edgeUs: number, { limit }: DeclaredLimiter): number {
  const before = signals.reduce((count, at) => count + (ledger.sendUs(at) < edgeUs ? 1 : 0), 0);
  return Math.min(before, limit) + Math.min(signals.length - before, limit);
}
