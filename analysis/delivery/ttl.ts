import { keyLifeOf } from '../../contract/profile/key-life.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { maxShownUs, minShownUs, toleranceUs } from '../interpret/tolerance.ts';
import type { Ledger } from '../journal/ledger.ts';

/** The server decided on a request somewhere between its send and its end; what both ends allow is certain. */

/** How long a key is kept, at least and at most. */
export interface KeyLifeUs {
  readonly minUs: number;
  readonly maxUs: number;
}

/** Null where the target declares no idempotency. */
export function keyLifeUsOf({ idempotency }: TargetProfile): KeyLifeUs | null {
  if (idempotency.kind === 'none') return null;
  const { minMs, maxMs } = keyLifeOf(idempotency);
  return { minUs: minMs * 1000, maxUs: maxMs * 1000 };
}

/** Both were surely decided while a key of the first lived. */
export function surelyWithinTtl(ledger: Ledger, a: number, b: number, { minUs }: KeyLifeUs): boolean {
  return longestGapUs(ledger, a, b) < minShownUs(minUs);
}

/** Any key of the earlier had surely expired. */
export function surelyPastTtl(ledger: Ledger, earlier: number, later: number, { maxUs }: KeyLifeUs): boolean {
  return shortestGapUs(ledger, earlier, later) > maxShownUs(maxUs);
}

/** The one had surely ended before the other began. */
export function surelyBefore(ledger: Ledger, earlier: number, later: number): boolean {
  return shortestGapUs(ledger, earlier, later) > toleranceUs;
}

/** The most time that can lie between the server's two decisions. */
export function longestGapUs(ledger: Ledger, a: number, b: number): number {
  const times = ledger.timesAmong([a, b]);
  return Math.max(times.endUs(a), times.endUs(b)) - Math.min(times.sendUs(a), times.sendUs(b));
}

/** The least time that must lie between them; negative where they overlap. */
export function shortestGapUs(ledger: Ledger, earlier: number, later: number): number {
  const times = ledger.timesAmong([earlier, later]);
  return times.sendUs(later) - times.endUs(earlier);
}

/** How many of these are left if each that is not apart from the last one left is passed over. */
export function countApart(requests: readonly number[], isApart: (earlier: number, later: number) => boolean): number {
  let count = 0;
  let last: number | null = null;
  for (const at of requests) {
    if (last !== null && !isApart(last, at)) continue;
    count += 1;
    last = at;
  }
  return count;
}

/** Whether the requests of one signal surely fell within one TTL, all of them. */
export function allWithinTtl(ledger: Ledger, attempts: readonly number[], { minUs }: KeyLifeUs): boolean {
  const times = ledger.timesAmong(attempts);
  let fromUs = Number.POSITIVE_INFINITY;
  let toUs = 0;
  for (const at of attempts) {
    fromUs = Math.min(fromUs, times.sendUs(at));
    toUs = Math.max(toUs, times.endUs(at));
  }
  return toUs - fromUs < minShownUs(minUs);
}
