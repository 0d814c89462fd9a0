import { judgedResponseTimes, stallNote } from '../interpret/response-times.ts';
import { millis } from '../words.ts';
import { ledgersOf, type Rule, worst } from './rule.ts';

export const averageResponseTime: Rule = {
  criterion: 'average-response-time',
  scenarios: null,
  needs: (run) => ledgersOf(averageResponseTime, run),
  judge(run) {
    const { warnMs, failMs } = run.manifest.profile.criteria.averageResponse;
    const judged = judgedResponseTimes(run);
    if (judged.length === 0) return { status: 'inconclusive', summary: 'no accepted answer was recorded' };
    const parts = judged.map(({ scenario, histogram }) => {
      const meanMs = histogram.mean / 1000;
      const status = meanMs > failMs ? ('fail' as const) : meanMs >= warnMs ? ('warn' as const) : ('pass' as const);
      return {
        scenario: scenario.name,
        status,
        meanMs,
        summary: `${millis(meanMs)} over ${histogram.totalCount} answers`,
      };
    });
    const slowest = parts.reduce((a, b) => (b.meanMs > a.meanMs ? b : a));
    return {
      status: worst(parts.map(({ status }) => status)),
      summary: `slowest is ${slowest.scenario} with ${slowest.summary}`,
      evidence: stallNote(judged),
      parts: parts.map(({ scenario, status, summary }) => ({ scenario, status, summary })),
    };
  },
};
