import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { usesQuota } from '../interpret/expected-outcome.ts';
import { toleranceUs } from '../interpret/tolerance.ts';
import type { Ledger } from '../journal/ledger.ts';

/** Edges of fixed windows are sought on a grid of this many positions within a window. */
const positions = 500;
/** A timer that resets counts is late by up to this a window, so edges move. */
const driftUs = 2_000;
/** Over more windows than this the edges are sought anew. */
const longestWindows = 10;

export interface PhaseRefutation {
  readonly fromUs: number;
  readonly toUs: number;
}

/**
 * Where a fixed window of N per W can have its edges. N + 1 requests surely admitted within less than W have an edge among
 * them. A refusal has one after the earliest request that can have been its window's first, or else its window was not full:
 * no edge between the N-th last request that can have been counted and the refused one. Where no position is left for the
 * edges, no fixed window did this. Sharper than the bound over spans, which holds for edges anywhere: it finds N + 1.
 * @param indices requests that share one count, in order of sending.
 * @param by which of the two to look at.
 * @returns stretches, apart in time, of which each by itself leaves no position; at most 20.
 */
export function refutedPhases(
  ledger: Ledger,
  indices: Uint32Array,
  profile: TargetProfile,
  limiter: DeclaredLimiter,
  by: 'admitted' | 'refused',
): readonly PhaseRefutation[] {
  const windowUs = limiter.windowMs * 1000;
  const counted = indices.filter((at) => usesQuota(ledger, at, profile) !== 'no');
  const sure = by === 'admitted' ? counted.filter((at) => usesQuota(ledger, at, profile) === 'yes') : counted;
  const alive = new Uint8Array(positions).fill(1);
  const refuted: PhaseRefutation[] = [];
  let sinceUs: number | null = null;

  /** Takes away the positions inside the arc, or all outside it. */
  function restrict(fromUs: number, toUs: number, evidenceFromUs: number, keepInside: boolean): void {
    if (sinceUs !== null && toUs - sinceUs > longestWindows * windowUs) forget();
    sinceUs ??= evidenceFromUs;
    const slackUs = toleranceUs + (driftUs * Math.max(0, toUs - sinceUs)) / windowUs;
    const lowUs = keepInside ? fromUs - slackUs : fromUs + slackUs;
    const highUs = keepInside ? toUs + slackUs : toUs - slackUs;
    const binUs = windowUs / positions;
    const low = keepInside ? Math.floor(lowUs / binUs) : Math.ceil(lowUs / binUs);
    const high = keepInside ? Math.ceil(highUs / binUs) : Math.floor(highUs / binUs);
    // Of an edge in a bin only the bin is known, so an arc that excludes must cover it whole.
    if (keepInside && high - low >= positions) return;
    if (!keepInside && high <= low) return;
    let left = 0;
    for (let bin = 0; bin < positions; bin += 1) {
      const offset = (((bin - low) % positions) + positions) % positions;
      const inside = keepInside ? offset <= high - low : high - low >= positions || offset < high - low;
      if (inside !== keepInside) alive[bin] = 0;
      left += alive[bin] ?? 0;
    }
    if (left > 0) return;
    refuted.push({ fromUs: Math.min(sinceUs, evidenceFromUs), toUs });
    forget();
  }

  function forget(): void {
    alive.fill(1);
    sinceUs = null;
  }

  if (by === 'admitted') {
    for (let n = limiter.limit; n < sure.length && refuted.length < 20; n += 1) {
      const fromUs = ledger.sendUs(sure[n - limiter.limit] ?? 0);
      if (ledger.sendUs(sure[n] ?? 0) - fromUs >= windowUs) continue;
      let toUs = 0;
      for (let other = n - limiter.limit; other <= n; other += 1) toUs = Math.max(toUs, ledger.endUs(sure[other] ?? 0));
      if (toUs - fromUs < windowUs - 2 * toleranceUs) restrict(fromUs, toUs, fromUs, true);
    }
    return refuted;
  }
  const ends = Float64Array.from(sure, (at) => ledger.endUs(at)).sort();
  let begun = 0;
  for (const at of indices) {
    if (refuted.length >= 20) break;
    if (ledger.outcomeOf(at) !== 'limited') continue;
    while (begun < sure.length && ledger.sendUs(sure[begun] ?? 0) < ledger.endUs(at) + toleranceUs) begun += 1;
    // Fewer than N of those begun by now ended later than this: an edge between it and the refusal leaves too few.
    const earlyUs = ends[begun - limiter.limit] ?? Number.NEGATIVE_INFINITY;
    const toUs = ledger.sendUs(at);
    const fromUs = Math.max(earlyUs, toUs - 2 * windowUs);
    if (toUs > fromUs) restrict(fromUs, toUs, fromUs, false);
  }
  return refuted;
}
