import { ttlMs } from '../../contract/plan/limits.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { maxShownUs, minShownUs, toleranceUs } from '../interpret/tolerance.ts';
import type { Ledger } from '../journal/ledger.ts';

/** The server decided on a request somewhere between its send and its end; what both ends allow is certain. */

/** Null where the target declares no idempotency. */
export function ttlUsOf(profile: TargetProfile): number | null {
  return profile.idempotency.kind === 'none' ? null : ttlMs(profile) * 1000;
}

/** Both were surely decided within one TTL. */
export function surelyWithinTtl(ledger: Ledger, a: number, b: number, ttlUs: number): boolean {
  return longestGapUs(ledger, a, b) < minShownUs(ttlUs);
}

/** More than a TTL surely passed between the two. */
export function surelyPastTtl(ledger: Ledger, earlier: number, later: number, ttlUs: number): boolean {
  return shortestGapUs(ledger, earlier, later) > maxShownUs(ttlUs);
}

/** The one had surely ended before the other began. */
export function surelyBefore(ledger: Ledger, earlier: number, later: number): boolean {
  return shortestGapUs(ledger, earlier, later) > toleranceUs;
}

/** The most time that can lie between the server's two decisions. */
export function longestGapUs(ledger: Ledger, a: number, b: number): number {
  return Math.max(ledger.endUs(a), ledger.endUs(b)) - Math.min(ledger.sendUs(a), ledger.sendUs(b));
}

/** The least time that must lie between them; negative where they overlap. */
export function shortestGapUs(ledger: Ledger, earlier: number, later: number): number {
  return ledger.sendUs(later) - ledger.endUs(earlier);
}

/** Whether the requests of one signal surely fell within one TTL, all of them. */
export function allWithinTtl(ledger: Ledger, attempts: readonly number[], ttlUs: number): boolean {
  let fromUs = Number.POSITIVE_INFINITY;
  let toUs = 0;
  for (const at of attempts) {
    fromUs = Math.min(fromUs, ledger.sendUs(at));
    toUs = Math.max(toUs, ledger.endUs(at));
  }
  return toUs - fromUs < minShownUs(ttlUs);
}
