import type { Status } from '../../contract/report/criteria.ts';
import {
  generatorNote,
  type Judged,
  judgedInWords,
  judgedResponseTimes,
  type ResponseTimes,
  timesBeyondLine,
} from '../interpret/response-times.ts';
import type { Run } from '../interpret/run.ts';
import { millis } from '../words.ts';
import { withoutLedger } from './foreseen.ts';
import { answerCounts, measure } from './measure.ts';
import {
  byMilliseconds,
  deciding,
  fairStatus,
  inMilliseconds,
  judgedBeyondLine,
  machineWords,
  worstFair,
} from './response-time.ts';
import { type Judgement, ledgersOf, type Rule } from './rule.ts';
import { slowAdvice, slowAdviceOn, slownessOf } from './slow-advice.ts';

export const averageResponseTime: Rule<'average-response-time'> = {
  id: 'average-response-time',
  title: 'Average response time',
  question: 'Are response times in budget?',
  evidence: 'the mean of accepted and duplicate answers to load and of timeouts, in each scenario',
  thresholds: ({ averageResponse }) => inMilliseconds(averageResponse),
  faults: ['slow answers'],
  advice: slowAdvice,
  scenarios: null,
  foretold: withoutLedger,
  needs: (run) => ledgersOf(averageResponseTime, run),
  judge(run) {
    const judged = judgedResponseTimes(run);
    if (judged.length > 0) return judgedTimes(run, judged);
    const beyond = run.scenarios.map((scenario) => timesBeyondLine(run, scenario));
    return judgedBeyondLine(run, beyond, (times) => judgedTimes(run, times));
  },
};

function judgedTimes(run: Run, judged: readonly ResponseTimes[]): Judgement {
  const limits = run.manifest.profile.criteria.averageResponse;
  const statusOf = ({ histogram }: Judged): Status => byMilliseconds(histogram.mean / 1000, limits);
  const parts = judged.map((times) => {
    const { mean, totalCount } = times.histogram;
    return {
      scenario: times.scenario.name,
      ...fairStatus(times, statusOf),
      meanMs: mean / 1000,
      times,
      summary: `${millis(mean / 1000)} over ${judgedInWords(totalCount, times.timeouts)}`,
      measures: [
        measure('mean', mean / 1000, 'ms', { threshold: limits.warnMs }),
        ...answerCounts(totalCount, times.timeouts),
      ],
    };
  });
  const fair = worstFair(parts);
  const slowest = deciding(parts, fair.status).reduce((a, b) => (b.meanMs > a.meanMs ? b : a));
  return {
    status: fair.status,
    summary: `slowest scenario: ${slowest.scenario} with ${slowest.summary}${machineWords(fair, slowest.times)}`,
    measures: slowest.measures,
    advice: slowAdviceOn(slownessOf(run, slowest.times, fair)),
    evidence: generatorNote(judged, fair.status === 'pass' ? judged : [slowest.times]),
    parts: parts.map(({ meanMs: _, isByMachine: __, times: ___, ...part }) => part),
  };
}
