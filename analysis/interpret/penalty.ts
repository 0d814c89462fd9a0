import { decidedByUs, isSharedLimit, type LimitedCount } from './quota-use.ts';
import { clockLagUs, maxShownUs, minShownUs, toleranceUs } from './tolerance.ts';

/** Takes away the room of what may have been decided in the penalty time after a refusal, whichever refusal it began with. */
export function clearPenalized(room: Uint8Array, count: LimitedCount): void {
  const { ledger, indices, limiter } = count;
  if (limiter.penaltyMs === undefined) return;
  const refusals = indices.filter((at) => mayBeRefused(ledger.outcomeOf(at)));
  clearAfter(room, count, refusals, limiter.penaltyMs);
}

/** The same of a weighted counter that may refuse all to the end of the window in which it was full. */
export function clearRefusedOn(room: Uint8Array, count: LimitedCount): void {
  const { ledger, indices, limiter } = count;
  if (limiter.refusesToEnd !== true) return;
  const refusals = indices.filter((at, n) => room[n] === 0 && mayBeRefused(ledger.outcomeOf(at)));
  clearAfter(room, count, refusals, limiter.windowMs);
}

function clearAfter(
  room: Uint8Array,
  { profile, limiter, ledger, indices }: LimitedCount,
  began: Uint32Array,
  lastsMs: number,
): void {
  const penaltyUs = maxShownUs(lastsMs * 1000, clockLagUs(limiter));
  const isOthersToo = profile.provisioning.kind === 'given' || isSharedLimit(limiter);
  let untilUs = isOthersToo ? ledger.sendUs(indices[0] ?? 0) + penaltyUs : Number.NEGATIVE_INFINITY;
  const refusals = began.sort((a, b) => ledger.sendUs(a) - ledger.sendUs(b));
  let next = 0;
  for (let n = 0; n < indices.length; n += 1) {
    const at = indices[n] ?? 0;
    let ownUntilUs = untilUs;
    for (; next < refusals.length; next += 1) {
      const refused = refusals[next] ?? 0;
      if (ledger.sendUs(refused) > ledger.endUs(at) + toleranceUs) break;
      ownUntilUs = Math.max(ownUntilUs, decidedByUs(ledger, refused) + penaltyUs);
      if (refused !== at) untilUs = ownUntilUs;
    }
    if (ledger.sendUs(at) <= untilUs) room[n] = 0;
    untilUs = ownUntilUs;
  }
}

/** What got no answer may have been refused. */
export function mayBeRefused(outcome: string): boolean {
  return outcome === 'limited' || outcome === 'timeout' || outcome === 'failed';
}

/** A request admitted in the time in which everything is refused. */
export interface AdmittedInPenalty {
  /** The refusal that began it. */
  readonly refused: number;
  readonly admitted: number;
}

/**
 * Requests that were surely decided in a penalty time, and admitted. A refusal surely begins one if none before it can have begun
 * one that still lasted, or, where each prolongs it, always. Some count it from the last request that they admitted (Rack::Attack's
 * Allow2Ban): it may be over that much earlier.
 * @param isAdmitted whether the limiter surely let it pass.
 */
export function admittedInPenalty(
  { limiter, ledger, indices }: LimitedCount,
  isAdmitted: (at: number) => boolean,
): readonly AdmittedInPenalty[] {
  const { penaltyMs, penaltyProlonged = false } = limiter;
  if (penaltyMs === undefined) return [];
  const found: AdmittedInPenalty[] = [];
  let mayLastUntilUs = Number.NEGATIVE_INFINITY;
  let lastAdmittedUs = Number.POSITIVE_INFINITY;
  const starts: { readonly at: number; readonly sinceUs: number }[] = [];
  for (const at of indices) {
    const sendUs = ledger.sendUs(at);
    if (!mayBeRefused(ledger.outcomeOf(at))) {
      lastAdmittedUs = sendUs;
      continue;
    }
    const isFirst = sendUs > mayLastUntilUs;
    if (ledger.outcomeOf(at) === 'limited' && (penaltyProlonged || isFirst)) {
      starts.push({ at, sinceUs: isFirst ? Math.min(sendUs, lastAdmittedUs) : sendUs });
    }
    mayLastUntilUs = Math.max(
      mayLastUntilUs,
      decidedByUs(ledger, at) + maxShownUs(penaltyMs * 1000, clockLagUs(limiter)),
    );
  }
  let next = 0;
  let blockedFromUs = Number.POSITIVE_INFINITY;
  let blockedUntilUs = Number.NEGATIVE_INFINITY;
  let refused = 0;
  for (const at of indices) {
    for (let start = starts[next]; start !== undefined && ledger.endUs(start.at) < ledger.sendUs(at); ) {
      refused = start.at;
      blockedFromUs = ledger.endUs(refused);
      blockedUntilUs = start.sinceUs + minShownUs(penaltyMs * 1000, clockLagUs(limiter));
      next += 1;
      start = starts[next];
    }
    const isInside = ledger.sendUs(at) > blockedFromUs && ledger.endUs(at) < blockedUntilUs;
    if (isInside && isAdmitted(at)) found.push({ refused, admitted: at });
  }
  return found;
}
