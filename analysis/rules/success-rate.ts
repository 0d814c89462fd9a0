import { bounds } from '../../contract/criteria.ts';
import type { RecordedOutcome } from '../../contract/outcomes.ts';
import type { FindingPart } from '../../contract/report.ts';
import type { Thresholds } from '../../contract/thresholds.ts';
import { mustAdmit } from '../legitimate.ts';
import { ledgersOf, type Rule, worst } from '../rule.ts';
import { wilson } from '../statistics.ts';
import { share } from '../words.ts';

const { leastRequests } = bounds.success;

export const successRate: Rule = {
  criterion: 'success-rate',
  scenarios: null,
  needs: (run) => ledgersOf(successRate, run),
  judge(run) {
    const { success } = run.manifest.profile.criteria;
    let legitimate = 0;
    let successes = 0;
    const parts: FindingPart[] = [];
    const misses = new Map<RecordedOutcome, number>();
    for (const { name, ledger } of run.scenarios) {
      if (ledger === null) continue;
      let legitimateHere = 0;
      let successesHere = 0;
      for (const indices of ledger.signalsByWebhook().values()) {
        const must = mustAdmit(ledger, indices, run.manifest.profile);
        indices.forEach((at, n) => {
          if (must[n] === 0) return;
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
        status: statusOf(successesHere, legitimateHere, success),
        summary: share(successesHere, legitimateHere, wilson(successesHere, legitimateHere)),
      });
    }
    // A scenario with few requests says too little by itself, and counts in the sum.
    const large = parts.filter(({ status }) => status !== 'inconclusive').map(({ status }) => status);
    const kinds = [...misses].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
    return {
      status: worst([statusOf(successes, legitimate, success), ...large]),
      summary: `${share(successes, legitimate, wilson(successes, legitimate))} of the requests that had to be admitted`,
      evidence: misses.size === 0 ? [] : [`not successful: ${kinds}`],
      parts,
    };
  },
};

function statusOf(
  successes: number,
  n: number,
  { passRate, failRate }: Thresholds['success'],
): 'pass' | 'warn' | 'fail' | 'inconclusive' {
  if (n < leastRequests) return 'inconclusive';
  const rate = successes / n;
  return rate >= passRate ? 'pass' : rate >= failRate ? 'warn' : 'fail';
}
