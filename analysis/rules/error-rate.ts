import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { plainPercent } from '../../contract/report/figures.ts';
import { isNoticedChange } from '../delivery/idempotency/changed-payload.ts';
import { isOfForgedPhase } from '../interpret/forged.ts';
import { fellIntoRestart, restartSpan } from '../interpret/restart.ts';
import type { Run, ScenarioRun } from '../interpret/run.ts';
import { isOwnTimeout, ownTimeoutNote, stallsOf } from '../interpret/stalls.ts';
import type { Ledger } from '../journal/ledger.ts';
import { nothingTested, settingsHints } from '../settings-hints.ts';
import { wilson } from '../statistics.ts';
import { share } from '../words.ts';
import { withoutLedger } from './foreseen.ts';
import { count, shareOf } from './measure.ts';
import { minRequests, noLedger, tooFewRequests } from './min-requests.ts';
import { type JudgedPart, ledgersOf, type Rule } from './rule.ts';

export const errorRate: Rule<'error-rate'> = {
  id: 'error-rate',
  title: 'Error rate',
  question: 'Are response times in budget?',
  evidence: `failed, timed out and rejected of all signals, n ≥ ${minRequests}; a throttled signal is not an error, nor is a changed payload that the server noticed and rejected; false signals and what was cut off on purpose are not counted`,
  thresholds: ({ errors }) => ({
    pass: `≤ ${plainPercent(errors.passRate)}`,
    warn: `> ${plainPercent(errors.passRate)}`,
    fail: null,
  }),
  faults: ['too many errors'],
  advice: ['error logs of the workers; the ledger holds status and time of every failed request'],
  scenarios: null,
  unanswered: tooFewRequests,
  foretold: withoutLedger,
  needs: (run) => ledgersOf(errorRate, run),
  judge(run) {
    const { passRate } = run.manifest.profile.criteria.errors;
    const all = { requests: 0, errors: 0, ownTimeouts: 0 };
    const parts: JudgedPart[] = [];
    const measures = (part: number, whole: number) => [
      ...shareOf('error-rate', part, whole, { threshold: passRate }),
      count('errors', part),
      count('requests', whole),
    ];
    for (const scenario of run.scenarios) {
      if (scenario.ledger === null) continue;
      const { requests, errors, ownTimeouts } = errorsIn(run, scenario, scenario.ledger);
      all.requests += requests;
      all.errors += errors;
      all.ownTimeouts += ownTimeouts;
      parts.push({
        scenario: scenario.name,
        status: statusOf(errors, requests, passRate),
        summary: share(errors, requests, wilson(errors, requests)),
        measures: measures(errors, requests),
      });
    }
    if (parts.length === 0) return { status: 'inconclusive', summary: noLedger };
    const { requests, errors, ownTimeouts } = all;
    const hints = settingsHints(run);
    if (hints.every !== null) {
      return { status: 'inconclusive', summary: nothingTested(hints.every), measures: measures(errors, requests) };
    }
    const status = statusOf(errors, requests, passRate);
    return {
      status,
      summary: `${share(errors, requests, wilson(errors, requests))} of all signals failed, timed out or were rejected`,
      measures: measures(errors, requests),
      evidence: [...(status === 'warn' ? hints.some : []), ...ownTimeoutNote(ownTimeouts)],
      parts,
    };
  },
};

/** A key in progress is no error: exactly once judges whether it was. */
const noErrors: ReadonlySet<RecordedOutcome> = new Set(['accepted', 'duplicate', 'pending', 'limited']);

function errorsIn(run: Run, scenario: ScenarioRun, ledger: Ledger) {
  const span = restartSpan(run);
  const stalls = stallsOf(scenario);
  const found = { requests: 0, errors: 0, ownTimeouts: 0 };
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
    if (!noErrors.has(outcome)) found.errors += 1;
  }
  return found;
}

function statusOf(errors: number, n: number, passRate: number): 'pass' | 'warn' | 'inconclusive' {
  if (n < minRequests) return 'inconclusive';
  return errors / n <= passRate ? 'pass' : 'warn';
}
