import { bounds } from '../../contract/report/criteria.ts';
import type { FindingPart } from '../../contract/report/report.ts';
import { isNoticedChange } from '../delivery/idempotency/changed-payload.ts';
import { fellIntoRestart, restartSpan } from '../interpret/restart.ts';
import { wilson } from '../statistics.ts';
import { share } from '../words.ts';
import { ledgersOf, type Rule } from './rule.ts';

/** Failed, timed out and rejected answers to signals; a refusal by the limiter is no error. */
export const errorRate: Rule = {
  criterion: 'error-rate',
  scenarios: null,
  needs: (run) => ledgersOf(errorRate, run),
  judge(run) {
    const { passRate } = run.manifest.profile.criteria.errors;
    let requests = 0;
    let errors = 0;
    const parts: FindingPart[] = [];
    const span = restartSpan(run);
    for (const { name, ledger } of run.scenarios) {
      if (ledger === null) continue;
      let requestsHere = 0;
      let errorsHere = 0;
      for (let at = 0; at < ledger.length; at += 1) {
        if (!ledger.isSignal(at) || fellIntoRestart(ledger, at, span) || isNoticedChange(ledger, at)) continue;
        requestsHere += 1;
        const outcome = ledger.outcomeOf(at);
        if (outcome !== 'accepted' && outcome !== 'duplicate' && outcome !== 'limited') errorsHere += 1;
      }
      requests += requestsHere;
      errors += errorsHere;
      parts.push({
        scenario: name,
        status: statusOf(errorsHere, requestsHere, passRate),
        summary: share(errorsHere, requestsHere, wilson(errorsHere, requestsHere)),
      });
    }
    if (parts.length === 0) return { status: 'inconclusive', summary: 'there is no ledger' };
    return {
      status: statusOf(errors, requests, passRate),
      summary: `${share(errors, requests, wilson(errors, requests))} of all signals failed, timed out or were rejected`,
      parts,
    };
  },
};

function statusOf(errors: number, n: number, passRate: number): 'pass' | 'warn' | 'inconclusive' {
  if (n < bounds.success.minRequests) return 'inconclusive';
  return errors / n <= passRate ? 'pass' : 'warn';
}
