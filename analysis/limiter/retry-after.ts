import { pathsAsked } from '../../contract/plan/limits.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { countBelow, usesQuota } from '../interpret/expected-outcome.ts';
import { toleranceUs } from '../interpret/tolerance.ts';
import type { Ledger } from '../journal/ledger.ts';
import { Contradictions, longestStepUs } from './contradictions.ts';

export interface SeenRetryAfter {
  readonly refusals: number;
  readonly missing: number;
  /** A client that obeyed would have been refused again, though nobody took its place. */
  readonly tooShort: Contradictions;
  /** More than a window and the second that rounding up may add (RFC 9110, 10.2.3: whole seconds). */
  readonly tooLong: Contradictions;
  readonly longestMs: number;
}

/**
 * Compares each promise with what came: a request sent after the promised time that was refused all the same, while nothing
 * can have been counted since the promise, shows it too short, whatever the kind of limiter.
 * @param indices requests that share one count, in order of sending.
 */
export function retryAfterOf(
  ledger: Ledger,
  indices: Uint32Array,
  profile: TargetProfile,
  limiter: DeclaredLimiter,
): SeenRetryAfter {
  const refused = indices.filter((at) => ledger.outcomeOf(at) === 'limited');
  const refusedSends = Float64Array.from(refused, (at) => ledger.sendUs(at));
  const counted = indices.filter((at) => usesQuota(ledger, at, profile) !== 'no');
  const sends = Float64Array.from(counted, (at) => ledger.sendUs(at));
  const ends = Float64Array.from(counted, (at) => ledger.endUs(at)).sort();
  const tooShort = new Contradictions();
  let missing = 0;
  const tooLong = new Contradictions();
  let longestMs = 0;
  for (const at of refused) {
    const promisedMs = ledger.retryAfterMs(at);
    if (promisedMs === null) {
      missing += 1;
      continue;
    }
    longestMs = Math.max(longestMs, promisedMs);
    if (promisedMs > limiter.windowMs + 1000) {
      tooLong.add({
        fromUs: ledger.sendUs(at) - limiter.windowMs * 1000 - longestStepUs,
        toUs: ledger.endUs(at),
        beyondOneStep: promisedMs > limiter.windowMs + 1000 + longestStepUs / 1000,
        text: () => `Retry-After of ${promisedMs} ms for a window of ${limiter.windowMs} ms`,
      });
    }
    // Of what the monitor asked in between nothing is known here.
    if (pathsAsked(profile, limiter) > 0) continue;
    const dueUs = ledger.endUs(at) + promisedMs * 1000 + 2 * toleranceUs;
    const retry = refused[countBelow(refusedSends, dueUs)];
    if (retry === undefined) continue;
    const since = countBelow(ends, ledger.sendUs(at) - toleranceUs);
    const until = countBelow(sends, ledger.endUs(retry) + toleranceUs);
    if (until > since) continue;
    tooShort.add({
      fromUs: ledger.sendUs(at) - longestStepUs,
      toUs: ledger.endUs(retry),
      beyondOneStep: false,
      text: () =>
        `Retry-After of ${promisedMs} ms, but throttled again ${((ledger.sendUs(retry) - ledger.endUs(at)) / 1000).toFixed(0)} ms later with nothing admitted between`,
    });
  }
  return { refusals: refused.length, missing, tooShort, tooLong, longestMs };
}
