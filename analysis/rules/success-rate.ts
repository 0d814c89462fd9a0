import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { bounds } from '../../contract/report/criteria.ts';
import type { FindingPart } from '../../contract/report/report.ts';
import { isNoticedChange } from '../delivery/idempotency/changed-payload.ts';
import { countedTogether, expectedOutcomes, mustBeAdmitted } from '../interpret/expected-outcome.ts';
import { fellIntoRestart, restartSpan } from '../interpret/restart.ts';
import { wilson } from '../statistics.ts';
import { share } from '../words.ts';
import { ledgersOf, type Rule, worst } from './rule.ts';

const { minRequests } = bounds.success;

export const successRate: Rule = {
  criterion: 'success-rate',
  scenarios: null,
  needs: (run) => ledgersOf(successRate, run),
  judge(run) {
    let legitimate = 0;
    let successes = 0;
    const parts: FindingPart[] = [];
    const misses = new Map<RecordedOutcome, number>();
    const span = restartSpan(run);
    for (const { name, ledger } of run.scenarios) {
      if (ledger === null) continue;
      let legitimateHere = 0;
      let successesHere = 0;
      for (const indices of countedTogether(ledger, run.manifest.profile).values()) {
        const expected = expectedOutcomes(run.manifest.profile, ledger, indices);
        indices.forEach((at, n) => {
          if (!ledger.isSignal(at) || !mustBeAdmitted(expected[n] ?? 0)) return;
          if (fellIntoRestart(ledger, at, span) || isNoticedChange(ledger, at)) return;
          const outcome = ledger.outcomeOf(at);
          legitimateHere += 1;
          if (outcome === 'accepted' || outcome === 'duplicate') successesHere += 1;
          else misses.set(outcome, (misses.get(outcome) ?? 0) + 1);
        });
      }
      legitimate += legitimateHere;
      successes += successesHere;
      parts.push({
        scenario: name,
        status: statusOf(successesHere, legitimateHere, run.manifest.profile),
        summary: share(successesHere, legitimateHere, wilson(successesHere, legitimateHere)),
      });
    }
    if (parts.length === 0) return { status: 'inconclusive', summary: 'there is no ledger' };
    // A scenario with few requests says too little by itself, and counts in the sum.
    const large = parts.filter(({ status }) => status !== 'inconclusive').map(({ status }) => status);
    const kinds = [...misses].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
    return {
      status: worst([statusOf(successes, legitimate, run.manifest.profile), ...large]),
      summary: `${share(successes, legitimate, wilson(successes, legitimate))} of the requests that had to be admitted`,
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
