import { judgedResponseTimes, stallNote } from '../interpret/response-times.ts';
import { counted, millis } from '../words.ts';
import { ledgersOf, type Rule, worst } from './rule.ts';

export const anyResponse: Rule = {
  criterion: 'any-response',
  scenarios: null,
  needs: (run) => ledgersOf(anyResponse, run),
  judge(run) {
    const { warnMs, failMs } = run.manifest.profile.criteria.anyResponse;
    const judged = judgedResponseTimes(run);
    if (judged.length === 0) return { status: 'inconclusive', summary: 'no accepted answer was recorded' };
    const parts = judged.map(({ scenario, histogram }) => {
      const maxMs = histogram.maxValue / 1000;
      const status = maxMs > failMs ? ('fail' as const) : maxMs > warnMs ? ('warn' as const) : ('pass' as const);
      return { scenario: scenario.name, status, maxMs, answers: histogram.totalCount };
    });
    const slowest = parts.reduce((a, b) => (b.maxMs > a.maxMs ? b : a));
    const answers = parts.reduce((sum, part) => sum + part.answers, 0);
    return {
      status: worst(parts.map(({ status }) => status)),
      summary: `slowest of ${counted(answers, 'answer')}: ${millis(slowest.maxMs)}, in ${slowest.scenario}`,
      evidence: stallNote(judged),
      parts: parts.map(({ scenario, status, maxMs }) => ({ scenario, status, summary: `at most ${millis(maxMs)}` })),
    };
  },
};
