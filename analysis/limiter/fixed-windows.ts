import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { decidedByUs, isSharedLimit, mayTakePlace, usesQuota } from '../interpret/quota-use.ts';
import type { Run } from '../interpret/run.ts';
import { clockLagUs, maxShownUs, minShownUs, toleranceUs } from '../interpret/tolerance.ts';
import { countBelow, mapped } from '../statistics.ts';
import { clockWasEven } from './clock-steps.ts';
import { type FixedWindowTrace, offsetsRefutedTogether } from './offsets.ts';

/**
 * Whether fixed windows of N per W may have done all that a run shows: their edges lie at the same instants for all counts, or each begins with
 * a first request. What else admits twice the limit at once, such as the loss of a count, is tied to neither. Where the clock may have
 * stepped, nothing is ruled out.
 */
export function mayBeFixedWindows(run: Run, limiter: DeclaredLimiter): boolean {
  if (!clockWasEven(run.manifest)) return true;
  const { profile } = run.manifest;
  const fixed: DeclaredLimiter = { ...limiter, kind: 'fixed', burst: null };
  const traces = run.scenarios
    .flatMap((scenario) => run.expectations.countsOf(scenario))
    .map(({ ledger, indices }): FixedWindowTrace => {
      // Forged addresses may have counts of their own.
      const judged = indices.filter((at) => ledger.roleOf(at) !== 'limiter.forwarded');
      return { ledger, indices: judged, profile, limiter: fixed };
    });
  const isOnClock = offsetsRefutedTogether(traces, fixed).length === 0;
  return isOnClock || traces.every((trace) => !refutesFirstHit(trace));
}

/** What begins a window: the first request that was counted after a window of quiet. */
interface Opened {
  readonly overFromUs: number;
  readonly overByUs: number;
}

/**
 * A window that began with the first request after a quiet is over when W has passed. What is refused from then on is refused by a later window,
 * which has counted nothing that was decided before: with fewer than N since then it was not full.
 */
function refutesFirstHit({ ledger, indices, profile, limiter }: FixedWindowTrace): boolean {
  const lagUs = clockLagUs(limiter);
  const [minUs, maxUs] = [minShownUs(limiter.windowMs * 1000, lagUs), maxShownUs(limiter.windowMs * 1000, lagUs)];
  const counted = indices.filter((at) => mayTakePlace(ledger, at, profile));
  const sends = mapped(counted, (at) => ledger.sendUs(at));
  const ends = mapped(counted, (at) => decidedByUs(ledger, at)).sort();
  let opened: Opened | null = null;
  // What came before may have begun a window.
  const isOthersToo = profile.provisioning.kind === 'given' || isSharedLimit(limiter);
  let busyUntilUs = isOthersToo ? (sends[0] ?? 0) : Number.NEGATIVE_INFINITY;
  for (const at of indices) {
    const [sendUs, endUs] = [ledger.sendUs(at), ledger.endUs(at)];
    if (mayTakePlace(ledger, at, profile)) {
      const isQuiet = sendUs > busyUntilUs + maxUs;
      if (isQuiet)
        opened =
          usesQuota(ledger, at, profile) === 'yes' ? { overFromUs: sendUs + minUs, overByUs: endUs + maxUs } : null;
      busyUntilUs = Math.max(busyUntilUs, decidedByUs(ledger, at));
    } else if (opened !== null && ledger.outcomeOf(at) === 'limited' && sendUs > opened.overByUs) {
      const begun = countBelow(sends, endUs + toleranceUs);
      if (begun - countBelow(ends, opened.overFromUs) < limiter.limit) return true;
    }
  }
  return false;
}
