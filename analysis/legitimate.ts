import type { TargetProfile } from '../contract/profile.ts';
import type { Ledger } from './ledger.ts';

/**
 * The server's clock and the generator's differ in rate by at most some hundred parts per million, and servers round to
 * milliseconds: intervals are widened by this before they prove anything.
 */
export const toleranceUs = 2_000;

/** Number of values in a sorted array that are below `bound`. */
function countBelow(sorted: Float64Array, bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether the limiter, as declared, has counted this request: surely, possibly, or not at all. */
export function usesQuota(ledger: Ledger, at: number, profile: TargetProfile): 'yes' | 'maybe' | 'no' {
  const outcome = ledger.outcomeOf(at);
  if (outcome === 'accepted') return 'yes';
  if (outcome === 'duplicate') {
    return profile.idempotency.kind === 'ttl' && profile.idempotency.order === 'before-limiter' ? 'no' : 'yes';
  }
  // A 5xx may come from behind the limiter, and what got no answer may have been admitted.
  return outcome === 'failed' || outcome === 'timeout' || outcome === 'unclassified' ? 'maybe' : 'no';
}

/**
 * Of the signals sent to one webhook, those that every limiter of the declared kind must admit: even if each earlier
 * request that can have been counted was, fewer than the limit lie within one window before this one. This holds for
 * sliding and fixed windows of N per W and for a bucket that refills N per W, since each of these admits when fewer than N
 * were admitted in the last W.
 * @param indices requests of one webhook, in order of sending.
 * @returns for each of `indices`, whether it must be admitted.
 */
export function mustAdmit(ledger: Ledger, indices: Uint32Array, profile: TargetProfile): Uint8Array {
  const must = new Uint8Array(indices.length);
  const { limiter } = profile;
  if (limiter.kind === 'none') return must.fill(1);
  const counted = indices.filter((at) => usesQuota(ledger, at, profile) !== 'no');
  const sends = Float64Array.from(counted, (at) => ledger.sendUs(at)).sort();
  const ends = Float64Array.from(counted, (at) => ledger.endUs(at)).sort();
  const windowUs = limiter.windowMs * 1000 + toleranceUs;
  indices.forEach((at, n) => {
    // Counted at some moment before this one's decision, and not yet out of its window.
    const possible = countBelow(sends, ledger.endUs(at)) - countBelow(ends, ledger.sendUs(at) - windowUs);
    const itself = usesQuota(ledger, at, profile) === 'no' ? 0 : 1;
    if (possible - itself < limiter.limit) must[n] = 1;
  });
  return must;
}
