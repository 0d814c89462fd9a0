import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import type { Counts } from './kind.ts';
import { minLockedOut } from './lockouts.ts';

export interface PenaltyGuess {
  readonly penaltyMs: number;
  /** The run bounds it by so much; infinite where nothing was admitted after a refusal. */
  readonly minMs: number;
  readonly maxMs: number;
  readonly penaltyProlonged: boolean;
}

/**
 * One that each refusal begins anew, and that is not longer than a window, cannot be told from a limiter that counts what it refuses. One
 * that passes while refusals go on can.
 */
const minWindows = { prolonged: 1.1, passing: 0.75 };
/** As people set them. */
const usualSeconds = [1, 2, 3, 5, 10, 15, 20, 30, 60, 120, 180, 300, 600, 900, 1800, 3600];

/** Penalty times that the gaps between refusals and admissions allow, with and without prolongation. */
export function penaltyGuesses(counts: Counts, limiter: DeclaredLimiter): readonly PenaltyGuess[] {
  if (limiter.penaltyMs !== undefined) return [];
  return [false, true].flatMap((penaltyProlonged) => {
    const shortestMs = minWindows[penaltyProlonged ? 'prolonged' : 'passing'] * limiter.windowMs;
    const { minMs, maxMs } = between(counts, penaltyProlonged, shortestMs);
    if (minMs > maxMs || minMs < shortestMs) return [];
    // What no admission was seen to end may last for ever.
    if (!Number.isFinite(maxMs) && minMs >= minLockedOut * limiter.windowMs) return [];
    const usual = usualSeconds.map((s) => s * 1000).find((ms) => ms >= minMs && ms <= maxMs);
    return [{ penaltyMs: usual ?? Math.ceil(minMs), minMs, maxMs, penaltyProlonged }];
  });
}

/**
 * The penalty began with a refusal, the first after something was admitted or the latest if each prolongs it; at most it lasted
 * from the last admission before that. It lasted at least
 * to the last refusal before the next admission, and at most to that. Requests overtake each other, so that a shorter time than
 * any that is looked for says nothing here; whether all fits is seen afterwards.
 */
function between(
  counts: Counts,
  isProlonged: boolean,
  shortestMs: number,
): { readonly minMs: number; readonly maxMs: number } {
  let minUs = 0;
  let maxUs = Number.POSITIVE_INFINITY;
  for (const { ledger, indices } of counts) {
    let stretch: Stretch | null = null;
    let lastAdmittedUs = Number.POSITIVE_INFINITY;
    for (const at of indices) {
      const outcome = ledger.outcomeOf(at);
      const sent: Sent = { sendUs: ledger.sendUs(at), endUs: ledger.endUs(at) };
      if (outcome === 'limited') {
        if (stretch === null) stretch = { began: sent, sinceUs: Math.min(sent.sendUs, lastAdmittedUs), later: [] };
        else stretch.later.push(sent);
      } else if (outcome === 'accepted' && stretch !== null && sent.sendUs > stretch.began.endUs) {
        const { shortest, longest } = lengthOf(stretch, sent, isProlonged);
        minUs = Math.max(minUs, shortest);
        if (longest >= shortestMs * 1000) maxUs = Math.min(maxUs, longest);
        stretch = null;
      }
      if (outcome === 'accepted') lastAdmittedUs = sent.sendUs;
    }
    if (stretch !== null) {
      const never = { sendUs: Number.POSITIVE_INFINITY, endUs: Number.POSITIVE_INFINITY };
      minUs = Math.max(minUs, lengthOf(stretch, never, isProlonged).shortest);
    }
  }
  return { minMs: minUs / 1000, maxMs: maxUs / 1000 };
}

interface Sent {
  readonly sendUs: number;
  readonly endUs: number;
}

/** Refusals without an admission between. */
interface Stretch {
  readonly began: Sent;
  /** Its penalty began at the earliest. */
  readonly sinceUs: number;
  readonly later: Sent[];
}

/** How long the penalty lasted at least and at most, in µs, by the refusals that surely came before the next admission. */
function lengthOf(
  { began, sinceUs, later }: Stretch,
  admitted: Sent,
  isProlonged: boolean,
): { readonly shortest: number; readonly longest: number } {
  let from = began;
  let shortest = 0;
  for (const refused of later) {
    if (refused.endUs > admitted.sendUs) break;
    shortest = Math.max(shortest, refused.sendUs - from.endUs);
    if (isProlonged) from = refused;
  }
  return { shortest, longest: admitted.endUs - (from === began ? sinceUs : from.sendUs) };
}
