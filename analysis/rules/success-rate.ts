import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { worst } from '../../contract/report/criteria.ts';
import { plainPercent } from '../../contract/report/figures.ts';
import { isNoticedChange } from '../delivery/idempotency/changed-payload.ts';
import { mustBeAdmitted } from '../interpret/expected-outcome.ts';
import { fellIntoRestart, restartSpan } from '../interpret/restart.ts';
import { wilson } from '../statistics.ts';
import { share } from '../words.ts';
import { count, shareOf } from './measure.ts';
import { minRequests, noLedger } from './min-requests.ts';
import { type JudgedPart, ledgersOf, type Rule } from './rule.ts';

export const successRate: Rule<'success-rate'> = {
  id: 'success-rate',
  title: 'Success of legitimate requests',
  question: 'Are response times in budget?',
  evidence: `accepted or duplicate of the requests that every limiter of the declared kind must admit, n ≥ ${minRequests}`,
  thresholds: ({ success: { passRate, failRate } }) => ({
    pass: `≥ ${plainPercent(passRate)}`,
    warn: failRate === passRate ? null : `${plainPercent(failRate)}–${plainPercent(passRate)}`,
    fail: `< ${plainPercent(failRate)}`,
  }),
  faults: ['legitimate requests fail'],
  advice: [
    'the outcomes of the requests that failed, in the ledger, tell 5xx from throttling and broken connections',
    'error logs of the workers at the times of the failures',
  ],
  scenarios: null,
  needs: (run) => ledgersOf(successRate, run),
  judge(run) {
    const { profile } = run.manifest;
    let legitimate = 0;
    let successes = 0;
    const parts: JudgedPart[] = [];
    const misses = new Map<RecordedOutcome, number>();
    const span = restartSpan(run);
    const measures = (part: number, whole: number) => [
      ...shareOf('success-rate', part, whole, { threshold: profile.criteria.success.passRate }),
      count('successful', part),
      count('legitimate', whole),
    ];
    for (const scenario of run.scenarios) {
      const { name, ledger } = scenario;
      if (ledger === null) continue;
      let legitimateHere = 0;
      let successesHere = 0;
      for (const count of run.expectations.countsOf(scenario)) {
        const expected = count.expected();
        count.indices.forEach((at, n) => {
          if (!ledger.isSignal(at) || !mustBeAdmitted(expected[n] ?? 0)) return;
          if (fellIntoRestart(ledger, at, span) || isNoticedChange(ledger, at)) return;
          const outcome = ledger.outcomeOf(at);
          if (outcome === 'abandoned') return;
          legitimateHere += 1;
          if (outcome === 'accepted' || outcome === 'duplicate') successesHere += 1;
          else misses.set(outcome, (misses.get(outcome) ?? 0) + 1);
        });
      }
      legitimate += legitimateHere;
      successes += successesHere;
      parts.push({
        scenario: name,
        status: statusOf(successesHere, legitimateHere, profile),
        summary: share(successesHere, legitimateHere, wilson(successesHere, legitimateHere)),
        measures: measures(successesHere, legitimateHere),
      });
    }
    if (parts.length === 0) return { status: 'inconclusive', summary: noLedger };
    // A scenario with few requests says too little by itself, and counts in the sum.
    const large = parts.filter(({ status }) => status !== 'inconclusive').map(({ status }) => status);
    const kinds = [...misses].map(([outcome, missed]) => `${missed} ${outcome}`).join(', ');
    return {
      status: worst([statusOf(successes, legitimate, profile), ...large]),
      summary: `${share(successes, legitimate, wilson(successes, legitimate))} of the requests that had to be admitted`,
      measures: measures(successes, legitimate),
      evidence: misses.size === 0 ? [] : [`not successful: ${kinds}`],
      parts,
    };
  },
};

function statusOf(successes: number, n: number, profile: TargetProfile): 'pass' | 'warn' | 'fail' | 'inconclusive' {
  const { passRate, failRate } = profile.criteria.success;
  if (n < minRequests) return 'inconclusive';
  const rate = successes / n;
  return rate >= passRate ? 'pass' : rate >= failRate ? 'warn' : 'fail';
}
