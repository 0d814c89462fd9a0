import { pathsAsked } from '../../contract/plan/limits.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { type Ledger, none } from '../journal/ledger.ts';
import { BucketMaximum, BucketMinimum } from './bucket.ts';
import { addRepeats } from './repeats.ts';
import { maxShownUs, may, minShownUs, rateError, toleranceUs } from './tolerance.ts';

/** How many a bucket takes at once when full. What waits in a delaying limiter's line comes on top of the one that passes. */
export function bucketSize({ kind, limit, burst }: DeclaredLimiter): number {
  return (burst ?? limit) + (kind === 'delaying' ? 1 : 0);
}

export function isBucket({ kind }: DeclaredLimiter): boolean {
  return kind === 'token-bucket' || kind === 'leaky-bucket' || kind === 'delaying';
}

/** Whether the edge of a window may lie anywhere, inside a burst too. */
export function mayHaveEdgesInside({ kind }: DeclaredLimiter): boolean {
  return kind === 'fixed' || kind === 'unknown';
}

/** Tokens a microsecond, slower and faster than declared by what clocks may differ. */
export function slowestRefill({ limit, windowMs }: DeclaredLimiter): number {
  return (limit / (windowMs * 1000)) * (1 - rateError);
}
function fastestRefill({ limit, windowMs }: DeclaredLimiter): number {
  return (limit / (windowMs * 1000)) * (1 + rateError);
}

/** Whether the limiter, as declared, has counted this request: surely, possibly, or not at all. */
export function usesQuota(ledger: Ledger, at: number, profile: TargetProfile): 'yes' | 'maybe' | 'no' {
  const outcome = ledger.outcomeOf(at);
  if (outcome === 'unsent') return 'no';
  // Log-in, provisioning and read-back pass a limiter of the whole client or server, but perhaps not this one.
  if (!ledger.isSignal(at)) return 'maybe';
  if (outcome === 'accepted') return 'yes';
  if (outcome === 'duplicate') {
    return profile.idempotency.kind === 'ttl' && profile.idempotency.order === 'before-limiter' ? 'no' : 'yes';
  }
  // The rest may come from behind the limiter, and what got no answer may have been admitted.
  return outcome === 'limited' ? 'no' : 'maybe';
}

/** Ledger indices, in order of sending, of all requests that share one count: by webhook, or all of them under one key. */
export function countedTogether(ledger: Ledger, profile: TargetProfile): ReadonlyMap<number, Uint32Array> {
  const { limiter } = profile;
  if (limiter.kind === 'none' || (limiter.scope !== 'client' && limiter.scope !== 'global')) {
    return ledger.signalsByWebhook();
  }
  const all = Uint32Array.from({ length: ledger.length }, (_, at) => at).filter((at) => !ledger.isUnsent(at));
  return new Map([[none, all.sort((a, b) => ledger.sendUs(a) - ledger.sendUs(b))]]);
}

/**
 * What the declared contract lets each request get. The server decides on a request somewhere between its send and its end,
 * so an outcome is ruled out only where every limiter and every idempotency store of the declared kind rules it out,
 * whatever the moments of decision were and whichever of the doubtful requests were counted.
 * It takes the server's clock as even: a step of it can contradict these expectations around its one instant.
 * @param indices requests that share one count, in order of sending.
 * @returns for each of `indices`, the bits of `may`; one bit alone is what it must get.
 */
export function expectedOutcomes(profile: TargetProfile, ledger: Ledger, indices: Uint32Array): Uint8Array {
  const { limiter, idempotency } = profile;
  const expected = new Uint8Array(indices.length).fill(may.accepted);
  if (limiter.kind !== 'none') {
    const room = surelyRoom(profile, limiter, ledger, indices);
    // Where there is room for all, as in an hour of paced load, none can be refused.
    const full = room.includes(0) ? surelyFull(profile, limiter, ledger, indices) : null;
    for (let n = 0; n < indices.length; n += 1) {
      expected[n] = full?.[n] === 1 ? may.limited : room[n] === 1 ? may.accepted : may.accepted | may.limited;
    }
  }
  if (idempotency.kind !== 'none') addRepeats(expected, idempotency, ledger, indices);
  return expected;
}

/** The minimum level of the count's bucket; null where the limiter is judged by windows alone, and 'unknown' if others may empty it. */
export function minLevelOf(
  profile: TargetProfile,
  limiter: DeclaredLimiter,
  ledger: Ledger,
  indices: Uint32Array,
): BucketMinimum | 'unknown' | null {
  if (!isBucket(limiter) && (limiter.kind !== 'unknown' || bucketSize(limiter) >= limiter.limit)) return null;
  // The monitor asks each path once a second, and no ledger has it.
  const asked = pathsAsked(profile, limiter);
  const size = bucketSize(limiter) - 2 * asked;
  const perUs = slowestRefill(limiter) - asked / 1e6;
  if (size < 1 || perUs <= 0) return 'unknown';
  const counted = indices.filter((at) => usesQuota(ledger, at, profile) !== 'no');
  return new BucketMinimum(Float64Array.from(counted, (at) => ledger.endUs(at)).sort(), size, perUs);
}

/** The maximum level of the count's bucket. */
export function maxLevelOf(
  profile: TargetProfile,
  limiter: DeclaredLimiter,
  ledger: Ledger,
  indices: Uint32Array,
): BucketMaximum {
  const sure = indices.filter((at) => usesQuota(ledger, at, profile) === 'yes');
  sure.sort((a, b) => ledger.endUs(a) - ledger.endUs(b));
  const sends = Float64Array.from(sure, (at) => ledger.sendUs(at));
  const ends = Float64Array.from(sure, (at) => ledger.endUs(at));
  return new BucketMaximum({ sends, ends }, bucketSize(limiter), fastestRefill(limiter));
}

/** Whether the request must pass the limiter, as a first or as a repeat. */
export function mustBeAdmitted(expected: number): boolean {
  return (expected & may.limited) === 0;
}

/**
 * Requests that every limiter of the kind admits even if each that can have been counted was.
 * Windows (sliding, fixed, from the first hit): what counts against a request was counted at most W before it, so fewer than
 * N possible ones are proof. A bucket of B ≥ N refilled N per W admits then too, which covers the undeclared kind; with a smaller burst declared it
 * must have room by both.
 * Buckets: the level at a time t is min over s of B + r·(t − s) − counted(s, t]; possible ones are charged at their ends, and
 * those in flight at the request's own time.
 */
function surelyRoom(
  profile: TargetProfile,
  limiter: DeclaredLimiter,
  ledger: Ledger,
  indices: Uint32Array,
): Uint8Array {
  const room = new Uint8Array(indices.length);
  const counted = indices.filter((at) => usesQuota(ledger, at, profile) !== 'no');
  const sends = Float64Array.from(counted, (at) => ledger.sendUs(at));
  const ends = Float64Array.from(counted, (at) => ledger.endUs(at)).sort();
  const windowUs = limiter.windowMs * 1000;
  // What the monitor asks is in no ledger.
  const limit = limiter.limit - pathsAsked(profile, limiter) * (1 + Math.ceil(limiter.windowMs / 1000));
  const min = minLevelOf(profile, limiter, ledger, indices);
  if (limit < 1 || min === 'unknown') return room;
  const byWindow = !isBucket(limiter);
  // Whatever came before the ledger began can still be counted where the webhooks, or the count, are not its own.
  const shared = profile.provisioning.kind === 'given' || limiter.scope === 'client' || limiter.scope === 'global';
  const memoryUs = min?.refillUs ?? windowUs;
  const blindUntilUs = shared ? ledger.sendUs(indices[0] ?? 0) + memoryUs : 0;

  for (let n = 0; n < indices.length; n += 1) {
    const at = indices[n] ?? 0;
    const sendUs = ledger.sendUs(at);
    const itself = usesQuota(ledger, at, profile) === 'no' ? 0 : 1;
    const begun = countBelow(sends, ledger.endUs(at) + toleranceUs) - itself;
    if (min !== null && min.at(sendUs - toleranceUs) - (begun - min.charged) < 1) continue;
    if (byWindow && begun - countBelow(ends, sendUs - maxShownUs(windowUs)) >= limit) continue;
    if (sendUs >= blindUntilUs) room[n] = 1;
  }
  return room;
}

/**
 * Requests that every limiter of the kind refuses, by the sure ones alone. Nothing where edges of windows are unknown.
 * Buckets: the level is at most B + r·(end − first send) − count, over the sure ones decided before it, in order of their ends.
 */
function surelyFull(
  profile: TargetProfile,
  limiter: DeclaredLimiter,
  ledger: Ledger,
  indices: Uint32Array,
): Uint8Array {
  const full = new Uint8Array(indices.length);
  if (limiter.kind === 'sliding') {
    const sure = indices.filter((at) => usesQuota(ledger, at, profile) === 'yes');
    const sends = Float64Array.from(sure, (at) => ledger.sendUs(at));
    const ends = Float64Array.from(sure, (at) => ledger.endUs(at)).sort();
    for (let n = 0; n < indices.length; n += 1) {
      const at = indices[n] ?? 0;
      const outdated = countBelow(sends, ledger.endUs(at) - minShownUs(limiter.windowMs * 1000));
      if (countBelow(ends, ledger.sendUs(at)) - outdated >= limiter.limit) full[n] = 1;
    }
    return full;
  }
  if (!isBucket(limiter)) return full;
  const max = maxLevelOf(profile, limiter, ledger, indices);
  for (let n = 0; n < indices.length; n += 1) {
    const at = indices[n] ?? 0;
    if (max.at(ledger.endUs(at) + toleranceUs, ledger.sendUs(at)) < 1) full[n] = 1;
  }
  return full;
}

/** Number of values in a sorted array that are below `bound`. */
export function countBelow(sorted: Float64Array, bound: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
