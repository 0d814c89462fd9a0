import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { rateError } from '../interpret/tolerance.ts';
import type { Counts } from './kind.ts';
import type { FixedWindowTrace } from './offsets.ts';
import { type Beginning, isNewCount, maxSearchUs, weightedOffsets } from './weighted-offsets.ts';

type Search = { readonly offsets: Uint8Array; readonly fromUs: number; readonly toUs: number };

/**
 * Whether a weighted two-window counter explains all counts by one rule for where its windows begin: on the server's clock, so
 * that all counts share an offset; with the first request of each count; or anew after a rest. One count by itself often has an
 * edge within each burst at some offset, and a limiter that admits one too many would hide behind that. Of a count that is older than
 * the run nobody saw the first request, so it may have any offset.
 * @param limiter the weighted one. The server's clock must be known not to have stepped.
 */
export function hasCommonOffset(counts: Counts, profile: TargetProfile, limiter: DeclaredLimiter): boolean {
  const traces = counts.map(
    ({ ledger, indices }): FixedWindowTrace => ({ ledger, indices, profile: { ...profile, limiter }, limiter }),
  );
  // The rules by which each count has windows of its own.
  const own: readonly Beginning[] = ['first-hit', isNewCount(profile, limiter) ? 'with-count' : 'aligned'];
  return (
    own.some((beginning) => traces.every((trace) => weightedOffsets(trace, beginning) !== null)) ||
    sharesOffset(traces, limiter)
  );
}

/** Clocks drift apart: counts share an offset if they lie within the time of one search. */
function sharesOffset(traces: readonly FixedWindowTrace[], limiter: DeclaredLimiter): boolean {
  const searches: Search[] = [];
  for (const trace of traces) {
    const { ledger, indices } = trace;
    const [first, last] = [indices[0], indices.at(-1)];
    if (first === undefined || last === undefined) continue;
    const offsets = weightedOffsets(trace, 'aligned');
    if (offsets === null) return false;
    searches.push({ offsets, fromUs: ledger.sendUs(first), toUs: ledger.endUs(last) });
  }
  searches.sort((a, b) => a.fromUs - b.fromUs);
  const windowUs = limiter.windowMs * 1000;
  let common: Uint8Array | null = null;
  let sinceUs = 0;
  for (const { offsets, fromUs, toUs } of searches) {
    if (toUs - fromUs > maxSearchUs(windowUs)) continue;
    if (common === null || toUs - sinceUs > maxSearchUs(windowUs)) [common, sinceUs] = [null, fromUs];
    const wide = widened(offsets, rateError * (toUs - sinceUs), windowUs);
    common = common === null ? wide : common.map((possible, at) => possible & (wide[at] ?? 0));
    if (!common.includes(1)) return false;
  }
  return true;
}

/** By a position to each side, and by how far the clocks may have drifted apart. */
function widened(offsets: Uint8Array, driftUs: number, windowUs: number): Uint8Array {
  const by = 1 + Math.ceil((driftUs * offsets.length) / windowUs);
  return offsets.map((_, at) => {
    for (let near = at - by; near <= at + by; near += 1) {
      if (offsets[(near + offsets.length) % offsets.length] === 1) return 1;
    }
    return 0;
  });
}
