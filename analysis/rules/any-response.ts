import { worst } from '../../contract/report/criteria.ts';
import { judgedResponseTimes, stallNote } from '../interpret/response-times.ts';
import { counted, millis } from '../words.ts';
import { count, measure } from './measure.ts';
import { noAnswer, slowAdvice } from './response-time.ts';
import { ledgersOf, type Rule } from './rule.ts';

export const anyResponse: Rule<'any-response'> = {
  id: 'any-response',
  title: 'Slowest response',
  question: 'Are response times in budget?',
  evidence: 'the slowest accepted or duplicate answer to load, or timeout, of each scenario',
  thresholds: ({ anyResponse: { warnMs, failMs } }) => ({
    pass: `≤ ${warnMs} ms`,
    warn: `> ${warnMs} ms`,
    fail: `> ${failMs} ms`,
  }),
  faults: ['slow answer'],
  advice: slowAdvice,
  scenarios: null,
  needs: (run) => ledgersOf(anyResponse, run),
  judge(run) {
    const { warnMs, failMs } = run.manifest.profile.criteria.anyResponse;
    const judged = judgedResponseTimes(run);
    if (judged.length === 0) return { status: 'inconclusive', summary: noAnswer };
    const maximum = (maxMs: number) => measure('max', maxMs, 'ms', { threshold: warnMs });
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
      measures: [maximum(slowest.maxMs), count('answers', answers)],
      evidence: stallNote(judged),
      parts: parts.map(({ scenario, status, maxMs, answers: own }) => ({
        scenario,
        status,
        summary: `max ${millis(maxMs)}`,
        measures: [maximum(maxMs), count('answers', own)],
      })),
    };
  },
};
