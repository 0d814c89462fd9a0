import type { Status } from '../../contract/report/criteria.ts';
import {
  generatorNote,
  judgedInWords,
  judgedResponseTimes,
  type ResponseTimes,
  timesBeyondLine,
} from '../interpret/response-times.ts';
import type { Run } from '../interpret/run.ts';
import { slowestInWords, slowestPicture } from '../interpret/slowest.ts';
import type { Ledger } from '../journal/ledger.ts';
import { processEnds } from '../processes/ends.ts';
import { NeverAnswered } from '../processes/never-answered.ts';
import { millis } from '../words.ts';
import { withoutLedger } from './foreseen.ts';
import { answerCounts, measure } from './measure.ts';
import { deciding, fairSlowest, judgedBeyondLine, machineWords, worstFair } from './response-time.ts';
import { type Judgement, ledgersOf, type Rule } from './rule.ts';
import { slowAdvice, slowAdviceOn, slownessOf } from './slow-advice.ts';

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
  foretold: withoutLedger,
  needs: (run) => ledgersOf(anyResponse, run),
  judge(run) {
    const judged = judgedResponseTimes(run);
    if (judged.length > 0) return judgedTimes(run, judged);
    const beyond = run.scenarios.map((scenario) => timesBeyondLine(run, scenario));
    return judgedBeyondLine(run, beyond, (times) => judgedTimes(run, times));
  },
};

function judgedTimes(run: Run, judged: readonly ResponseTimes[]): Judgement {
  const { warnMs, failMs } = run.manifest.profile.criteria.anyResponse;
  const maximum = (maxMs: number) => measure('max', maxMs, 'ms', { threshold: warnMs });
  const statusOf = (ms: number): Status => (ms > failMs ? 'fail' : ms > warnMs ? 'warn' : 'pass');
  const parts = judged.map((times) => ({
    scenario: times.scenario.name,
    ...fairSlowest(times, statusOf),
    maxMs: times.histogram.maxValue / 1000,
    times,
  }));
  const fair = worstFair(parts);
  const { status } = fair;
  const slowest = deciding(parts, status).reduce((a, b) => (b.maxMs > a.maxMs ? b : a));
  const sumOf = (of: (part: ResponseTimes) => number): number => parts.reduce((sum, { times }) => sum + of(times), 0);
  const [all, timeouts] = [sumOf(({ histogram }) => histogram.totalCount), sumOf((times) => times.timeouts)];
  const lost = new NeverAnswered(run, status === 'pass' || timeouts === 0 ? [] : processEnds(run));
  const notes: string[] = [];
  const noteOf = (ledger: Ledger, at: number): string => {
    const note = lost.noteOf(ledger, at);
    notes.push(note);
    return note;
  };
  const named = status === 'pass' ? [] : slowestInWords(run, slowest.times.scenario, warnMs, noteOf);
  return {
    status,
    summary: `slowest of ${judgedInWords(all, timeouts)}: ${millis(slowest.maxMs)}, in ${slowest.scenario}${machineWords(fair, slowest.times)}${notes[0] ?? ''}`,
    measures: [maximum(slowest.maxMs), ...answerCounts(all, timeouts)],
    advice: slowAdviceOn(slownessOf(run, slowest.times, fair)),
    evidence: [...named, ...generatorNote(judged, status === 'pass' ? judged : [slowest.times])],
    ...(status === 'pass' ? {} : { pictures: slowestPicture(run, run.scenarios, { warnMs, failMs }) }),
    parts: parts.map(({ scenario, status, maxMs, times }) => ({
      scenario,
      status,
      summary: `max ${millis(maxMs)}`,
      measures: [maximum(maxMs), ...answerCounts(times.histogram.totalCount, times.timeouts)],
    })),
  };
}
