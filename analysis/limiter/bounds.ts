import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { bucketSize } from '../interpret/expected-outcome.ts';
import { maxShownUs, minShownUs } from '../interpret/tolerance.ts';
import type { Ledger } from '../journal/ledger.ts';

/**
 * How many requests a limiter of the kind may admit within any span of `spanMs`, for N per W:
 * sliding window N·⌈T/W⌉;
 * fixed window N·(⌈T/W⌉+1), since a span can cover the edges of one window more;
 * fixed from the first hit N·(⌈T/W⌉+1) − 1: windows open W apart or more, each with a request that it admits. At most ⌈T/W⌉ of
 * them open inside a half-open span of length T, with N requests each. One more can have opened before the span, but its
 * first request lies then outside, which leaves N − 1 of it;
 * buckets ⌊B + N/W·T⌋, where what waits in a delaying limiter's line adds to the one that passes.
 * An undeclared kind gets the larger of the fixed and the bucket bound.
 */
export function maxAdmitted(limiter: DeclaredLimiter, spanMs: number): number {
  const { limit, windowMs } = limiter;
  const windows = Math.ceil(spanMs / windowMs);
  const fixed = limit * (windows + 1);
  // Without the hair, what is a whole number on paper falls below it in floating point.
  const bucket = Math.floor(bucketSize(limiter) + (limit / windowMs) * spanMs + 1e-9);
  switch (limiter.kind) {
    case 'sliding':
      return limit * windows;
    case 'fixed':
      return fixed;
    case 'fixed-from-first-hit':
      return fixed - 1;
    case 'token-bucket':
    case 'leaky-bucket':
    case 'delaying':
      return bucket;
    case 'unknown':
      return Math.max(fixed, bucket);
  }
}

/**
 * Spans worth looking at. A kind with windows steps at whole ones, and a small excess per window shows only over many; a
 * bucket's bound grows with every millisecond, so it gets short spans and long ones.
 */
export function spansMs(limiter: DeclaredLimiter): readonly number[] {
  const windows =
    limiter.kind === 'sliding' || limiter.kind === 'fixed' || limiter.kind === 'fixed-from-first-hit'
      ? [1, 2, 3, 5, 10, 20, 50]
      : [0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 50];
  return windows.map((count) => count * limiter.windowMs);
}

/** Requests that were surely admitted within one span. */
export interface Burst {
  readonly count: number;
  /** First send and last end of them. */
  readonly fromUs: number;
  readonly toUs: number;
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
  { above, byEnd = endOrder(ledger, admitted) }: { readonly above: number; readonly byEnd?: Uint32Array },
): readonly Burst[] {
  const spanUs = minShownUs(spanMs * 1000);
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

/** Positions in `admitted` in order of their ends. */
export function endOrder(ledger: Ledger, admitted: Uint32Array): Uint32Array {
  const ends = Float64Array.from(admitted, (at) => ledger.endUs(at));
  return Uint32Array.from(admitted.keys()).sort((a, b) => (ends[a] ?? 0) - (ends[b] ?? 0));
}

/**
 * U: the maximum of requests that can have been decided within one span of `spanMs`: those that touch it.
 * @param sends,ends microseconds of all that the limiter can have admitted, each sorted by itself.
 */
export function possiblyWithin(sends: Float64Array, ends: Float64Array, spanMs: number): number {
  const spanUs = maxShownUs(spanMs * 1000);
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
