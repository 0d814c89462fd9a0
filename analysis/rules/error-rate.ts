import { plainPercent } from '../../contract/report/figures.ts';
import { isNoticedChange } from '../delivery/idempotency/changed-payload.ts';
import { isOfForgedPhase } from '../interpret/forged.ts';
import { fellIntoRestart, restartSpan } from '../interpret/restart.ts';
import { wilson } from '../statistics.ts';
import { share } from '../words.ts';
import { count, shareOf } from './measure.ts';
import { minRequests, noLedger } from './min-requests.ts';
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
  needs: (run) => ledgersOf(errorRate, run),
  judge(run) {
    const { passRate } = run.manifest.profile.criteria.errors;
    let requests = 0;
    let errors = 0;
    const parts: JudgedPart[] = [];
    const span = restartSpan(run);
    const measures = (part: number, whole: number) => [
      ...shareOf('error-rate', part, whole, { threshold: passRate }),
      count('errors', part),
      count('requests', whole),
    ];
    for (const { name, ledger } of run.scenarios) {
      if (ledger === null) continue;
      let requestsHere = 0;
      let errorsHere = 0;
      for (let at = 0; at < ledger.length; at += 1) {
        if (!ledger.isSignal(at) || fellIntoRestart(ledger, at, span) || isNoticedChange(ledger, at)) continue;
        if (isOfForgedPhase(ledger, at)) continue;
        const outcome = ledger.outcomeOf(at);
        if (outcome === 'abandoned') continue;
        requestsHere += 1;
        if (outcome !== 'accepted' && outcome !== 'duplicate' && outcome !== 'limited') errorsHere += 1;
      }
      requests += requestsHere;
      errors += errorsHere;
      parts.push({
        scenario: name,
        status: statusOf(errorsHere, requestsHere, passRate),
        summary: share(errorsHere, requestsHere, wilson(errorsHere, requestsHere)),
        measures: measures(errorsHere, requestsHere),
      });
    }
    if (parts.length === 0) return { status: 'inconclusive', summary: noLedger };
    return {
      status: statusOf(errors, requests, passRate),
      summary: `${share(errors, requests, wilson(errors, requests))} of all signals failed, timed out or were rejected`,
      measures: measures(errors, requests),
      parts,
    };
  },
};

function statusOf(errors: number, n: number, passRate: number): 'pass' | 'warn' | 'inconclusive' {
  if (n < minRequests) return 'inconclusive';
  return errors / n <= passRate ? 'pass' : 'warn';
}
