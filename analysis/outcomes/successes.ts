import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { isNoticedChange } from '../delivery/idempotency/changed-payload.ts';
import type { Successes } from '../interpret/digest.ts';
import { expectedOutcomes, mustBeAdmitted } from '../interpret/expected-outcome.ts';
import { fellIntoRestart, restartSpan } from '../interpret/restart.ts';
import type { Run, ScenarioRun } from '../interpret/run.ts';
import { isOwnTimeout, stallsOf } from '../interpret/stalls.ts';
import { starvedRateTimeouts } from '../interpret/starvation.ts';
import { may } from '../interpret/tolerance.ts';
import type { Ledger } from '../journal/ledger.ts';
import { explanationFor } from '../limiter/explained.ts';
import { profileOf } from '../limiter/uncounted-repeats.ts';
import { addEach } from '../statistics.ts';
import { addFailed, failedAmong, noneFailed } from './failed-requests.ts';

/** How the legitimate requests of one scenario fared; none without a ledger. */
export function successesOf(run: Run, scenario: ScenarioRun): Successes | null {
  const { ledger, digest } = scenario;
  return digest?.successes ?? (ledger === null ? null : successesIn(run, scenario, ledger));
}

export function successesIn(run: Run, scenario: ScenarioRun, ledger: Ledger): Successes {
  const span = restartSpan(run);
  const stalls = stallsOf(scenario);
  const misses = new Map<RecordedOutcome, number>();
  const isStarved = starvedRateTimeouts(run, scenario, ledger);
  const failed: number[] = [];
  const here = { legitimate: 0, successes: 0, ownTimeouts: 0, starved: 0, misses };
  const { profile } = run.manifest;
  // By a limiter of another documented kind, or in another order, other requests had to be admitted.
  const explanation = explanationFor(run);
  for (const count of run.expectations.countsOf(scenario)) {
    const expected =
      explanation === null
        ? count.expected()
        : expectedOutcomes(profileOf(profile, explanation), ledger, count.indices);
    const isLegitimate = legitimateAmong(ledger, count.indices, expected);
    count.indices.forEach((at, n) => {
      if (!ledger.isSignal(at) || !isLegitimate(n)) return;
      if (fellIntoRestart(ledger, at, span) || isNoticedChange(ledger, at)) return;
      if (isOwnTimeout(ledger, at, stalls)) {
        here.ownTimeouts += 1;
        return;
      }
      const outcome = ledger.outcomeOf(at);
      // A repeat that is told to come later was not refused.
      const isRepeat = ((expected[n] ?? 0) & may.duplicate) !== 0;
      if (outcome === 'abandoned' || (outcome === 'pending' && isRepeat)) return;
      here.legitimate += 1;
      if (outcome === 'accepted' || outcome === 'duplicate') here.successes += 1;
      else misses.set(outcome, (misses.get(outcome) ?? 0) + 1);
      if (outcome === 'failed' || outcome === 'timeout') failed.push(at);
      if (isStarved(at)) here.starved += 1;
    });
  }
  return { ...here, failed: failedAmong(run, ledger, failed) };
}

/**
 * Tells which requests had to be admitted; or may have been one too many, and were not refused: an error of the server, or silence, is no
 * limiter's answer. A connection that breaks may be one, that the profile does not declare, and so may 503 where some requests surely had
 * to be refused and none was.
 * @param expected of the requests that share one count.
 */
function legitimateAmong(ledger: Ledger, indices: Uint32Array, expected: Uint8Array): (n: number) => boolean {
  const refuses = indices.some((at) => ledger.outcomeOf(at) === 'limited');
  const isRefusal503 = !refuses && expected.includes(may.limited);
  return (n) => {
    const [at, mask] = [indices[n] ?? 0, expected[n] ?? 0];
    if (mustBeAdmitted(mask)) return true;
    if ((mask & (may.accepted | may.duplicate)) === 0) return false;
    const outcome = ledger.outcomeOf(at);
    if (outcome === 'failed') return ledger.statusOf(at) >= 500 && (ledger.statusOf(at) !== 503 || !isRefusal503);
    return outcome === 'accepted' || outcome === 'duplicate' || outcome === 'timeout';
  };
}

export function addSuccesses(a: Successes, b: Successes): Successes {
  const misses = new Map(a.misses);
  addEach(misses, b.misses);
  return {
    legitimate: a.legitimate + b.legitimate,
    successes: a.successes + b.successes,
    ownTimeouts: a.ownTimeouts + b.ownTimeouts,
    starved: a.starved + b.starved,
    misses,
    failed: addFailed(a.failed, b.failed),
  };
}

export const noSuccesses: Successes = {
  ...{ legitimate: 0, successes: 0, ownTimeouts: 0, starved: 0 },
  ...{ misses: new Map(), failed: noneFailed },
};
