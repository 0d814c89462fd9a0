import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { isNoticedChange } from '../delivery/idempotency/changed-payload.ts';
import type { Errors } from '../interpret/digest.ts';
import { type ErrorKind, errorKindOf } from '../interpret/error-kinds.ts';
import { isOfForgedPhase } from '../interpret/forged.ts';
import { fellIntoRestart, restartSpan } from '../interpret/restart.ts';
import type { Run, ScenarioRun } from '../interpret/run.ts';
import { isOwnTimeout, stallsOf } from '../interpret/stalls.ts';
import { starvedRateTimeouts } from '../interpret/starvation.ts';
import type { Ledger } from '../journal/ledger.ts';
import { addFailed, failedAmong, noneFailed } from './failed-requests.ts';

/** A key in progress is no error: exactly once judges whether it was. */
const noErrors: ReadonlySet<RecordedOutcome> = new Set(['accepted', 'duplicate', 'pending', 'limited']);

/** The errors of one scenario; none without a ledger. */
export function errorsOf(run: Run, scenario: ScenarioRun): Errors | null {
  const { ledger, digest } = scenario;
  return digest?.errors ?? (ledger === null ? null : errorsIn(run, scenario, ledger));
}

export function errorsIn(run: Run, scenario: ScenarioRun, ledger: Ledger): Errors {
  const span = restartSpan(run);
  const stalls = stallsOf(scenario);
  const isStarved = starvedRateTimeouts(run, scenario, ledger);
  const found = { ...noErrorsYet, kinds: new Map<ErrorKind, number>() };
  const failed: number[] = [];
  for (let at = 0; at < ledger.length; at += 1) {
    if (!ledger.isSignal(at) || fellIntoRestart(ledger, at, span) || isNoticedChange(ledger, at)) continue;
    if (isOfForgedPhase(ledger, at)) continue;
    if (isOwnTimeout(ledger, at, stalls)) {
      found.ownTimeouts += 1;
      continue;
    }
    const outcome = ledger.outcomeOf(at);
    if (outcome === 'abandoned') continue;
    found.requests += 1;
    if (noErrors.has(outcome)) continue;
    found.errors += 1;
    const kind = errorKindOf(ledger, at);
    found.kinds.set(kind, (found.kinds.get(kind) ?? 0) + 1);
    if (outcome === 'failed' || outcome === 'timeout') failed.push(at);
    if (isStarved(at)) found.starved += 1;
  }
  return { ...found, failed: failedAmong(run, ledger, failed) };
}

export function addErrors(a: Errors, b: Errors): Errors {
  const kinds = new Map(a.kinds);
  for (const [kind, count] of b.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  return {
    requests: a.requests + b.requests,
    errors: a.errors + b.errors,
    kinds,
    failed: addFailed(a.failed, b.failed),
    ownTimeouts: a.ownTimeouts + b.ownTimeouts,
    starved: a.starved + b.starved,
  };
}

export const noErrorsYet: Errors = {
  ...{ requests: 0, errors: 0, ownTimeouts: 0, starved: 0 },
  ...{ kinds: new Map(), failed: noneFailed },
};
