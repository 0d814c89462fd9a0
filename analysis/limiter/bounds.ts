import type { DeclaredLimit } from '../../contract/profile/declared-limits.ts';
import { modelOf } from '../interpret/kinds/models.ts';
import { maxShownUs, minShownUs } from '../interpret/tolerance.ts';
import type { Ledger } from '../journal/ledger.ts';
import { mapped } from '../statistics.ts';

/** A window that admits so many times its limit, or more, around an edge doubles there. */
export const doublesFrom = 1.5;

/** How many requests a limiter of the kind may admit within any span of `spanMs`. */
export function maxAdmitted(limit: DeclaredLimit, spanMs: number): number {
  return modelOf(limit).maxAdmitted(limit, spanMs);
}

/** Spans worth looking at. */
export function spansMs(limit: DeclaredLimit): readonly number[] {
  return modelOf(limit).spansInWindows.map((count) => count * limit.windowMs);
}

/** Requests that were surely admitted within one span. */
export interface Burst {
  readonly count: number;
  /** First send and last end of them. */
  readonly fromUs: number;
  readonly toUs: number;
}

interface WithinSpan {
  readonly above: number;
  /** Of the server's clock. */
  readonly lagUs?: number;
  readonly byEnd?: Uint32Array;
}

const none: Burst = { count: 0, fromUs: 0, toUs: 0 };

/**
 * L: for each stretch of time in which more than `above` requests lie wholly inside some span of `spanMs`, the fullest such
 * span. The server decided on each between its send and its end, so they were admitted within the span whatever the delays.
 * Stretches do not overlap; max 100 are given.
 * Two pointers over sends and ends: n·log n for the sort.
 * @param admitted ledger indices in order of sending.
 * @param byEnd their `endOrder`, if the caller has it.
 */
export function surelyWithin(
  ledger: Ledger,
  admitted: Uint32Array,
  spanMs: number,
  { above, lagUs = 0, byEnd = endOrder(ledger, admitted) }: WithinSpan,
): readonly Burst[] {
  const spanUs = minShownUs(spanMs * 1000, lagUs);
  // 1: ended before the span's end and not sent before its start; 2: sent before its start.
  const state = new Uint8Array(admitted.length);
  const found: Burst[] = [];
  let best = none;
  let count = 0;
  let next = 0;
  for (let first = 0; first < admitted.length; first += 1) {
    const fromUs = ledger.sendUs(admitted[first] ?? 0);
    let toUs = fromUs;
    for (; next < byEnd.length; next += 1) {
      const position = byEnd[next] ?? 0;
      const endUs = ledger.endUs(admitted[position] ?? 0);
      if (endUs >= fromUs + spanUs) break;
      if (state[position] === 2) continue;
      state[position] = 1;
      count += 1;
    }
    if (next > 0) toUs = ledger.endUs(admitted[byEnd[next - 1] ?? 0] ?? 0);
    if (count > above) {
      const apart = above >= 0 && best.count > 0 && fromUs > best.toUs;
      if (apart && found.length < 100) found.push(best);
      if (apart || count > best.count) best = { count, fromUs, toUs };
    }
    if (state[first] === 1) count -= 1;
    state[first] = 2;
  }
  if (best.count > 0) found.push(best);
  return found;
}

/** How many requests lie wholly inside the fullest span of `spanMs`. */
export function fullestWithin(ledger: Ledger, admitted: Uint32Array, spanMs: number): number {
  return surelyWithin(ledger, admitted, spanMs, { above: -1 })[0]?.count ?? 0;
}

/** When each was sent, and answered. */
export const sendsOf = (ledger: Ledger, indices: Uint32Array): Float64Array =>
  mapped(indices, (at) => ledger.sendUs(at));
export const endsOf = (ledger: Ledger, indices: Uint32Array): Float64Array => mapped(indices, (at) => ledger.endUs(at));

/** Positions in `admitted` in order of their ends. */
export function endOrder(ledger: Ledger, admitted: Uint32Array): Uint32Array {
  const ends = endsOf(ledger, admitted);
  return Uint32Array.from(admitted.keys()).sort((a, b) => (ends[a] ?? 0) - (ends[b] ?? 0));
}

/**
 * U: the maximum of requests that can have been decided within one span of `spanMs`: those that touch it.
 * @param sends,ends microseconds of all that the limiter can have admitted, each sorted by itself.
 */
export function possiblyWithin(sends: Float64Array, ends: Float64Array, spanMs: number, lagUs = 0): number {
  const spanUs = maxShownUs(spanMs * 1000, lagUs);
  let max = 0;
  let begun = 0;
  // The fullest span begins at some end: later it loses that one, earlier it reaches less far.
  for (let ended = 0; ended < ends.length; ended += 1) {
    const untilUs = (ends[ended] ?? 0) + spanUs;
    while (begun < sends.length && (sends[begun] ?? 0) <= untilUs) begun += 1;
    max = Math.max(max, begun - ended);
  }
  return max;
}
