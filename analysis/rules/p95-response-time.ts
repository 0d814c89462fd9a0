import { generatorNote, percentileMs, responseTimes } from '../interpret/response-times.ts';
import { emptyHistogram, type Histogram, recordUs } from '../journal/histogram.ts';
import type { Ledger } from '../journal/ledger.ts';
import { counted, millis } from '../words.ts';
import { count, measure } from './measure.ts';
import { byMilliseconds, fairStatus, inMilliseconds, saturatedWords, slowAdvice } from './response-time.ts';
import { ledgersOf, type Rule } from './rule.ts';

export const p95ResponseTime: Rule<'p95-response-time'> = {
  id: 'p95-response-time',
  title: 'Response time under normal load (p95, sustained)',
  question: 'Are response times in budget?',
  evidence:
    'the 95th percentile of service times in sustained over sent and dropped; a dropped iteration counts as infinite',
  thresholds: ({ p95Response }) => inMilliseconds(p95Response),
  faults: ['slow answers'],
  advice: slowAdvice,
  scenarios: ['sustained'],
  needs: (run) => ledgersOf(p95ResponseTime, run),
  judge(run) {
    const limits = run.manifest.profile.criteria.p95Response;
    const scenario = run.scenarios.find(({ name }) => name === 'sustained');
    const times = scenario === undefined ? null : responseTimes(run, scenario);
    if (times === null || times.histogram.totalCount === 0) {
      return { status: 'inconclusive', summary: 'no accepted answer to sustained load was recorded' };
    }
    const p95Ms = percentileMs(times, 95);
    const dropped =
      times.dropped > 0 ? ` and ${counted(times.dropped, 'dropped iteration')}, each counted as infinite` : '';
    const status = fairStatus(times, (judged) => byMilliseconds(percentileMs(judged, 95), limits));
    return {
      status,
      summary: `p95 is ${Number.isFinite(p95Ms) ? millis(p95Ms) : 'infinite'} over ${counted(times.histogram.totalCount, 'answer')}${dropped}${saturatedWords(status)}`,
      measures: [
        // Without a finite value there is no figure: what was dropped tells.
        ...(Number.isFinite(p95Ms) ? [measure('p95', p95Ms, 'ms', { threshold: limits.warnMs })] : []),
        count('answers', times.histogram.totalCount),
        count('dropped', times.dropped),
      ],
      evidence: [
        ...(times.scenario.ledger === null ? [] : driftNote(times.scenario.ledger)),
        ...(times.dropped > 0
          ? ['iterations are dropped by the generator when no VU is free: slow answers, or too few VUs']
          : []),
        ...generatorNote([times]),
      ],
    };
  },
};

/** Median service time in the first and in the last third of the load. */
function driftNote(ledger: Ledger): readonly string[] {
  const isAccepted = (at: number): boolean => ledger.purposeOf(at) === 'load' && ledger.outcomeOf(at) === 'accepted';
  let accepted = 0;
  for (let at = 0; at < ledger.length; at += 1) if (isAccepted(at)) accepted += 1;
  const third = Math.floor(accepted / 3);
  if (third === 0) return [];
  const [first, last] = [emptyHistogram(), emptyHistogram()];
  let n = 0;
  for (let at = 0; at < ledger.length; at += 1) {
    if (!isAccepted(at)) continue;
    if (n < third) recordUs(first, ledger.tookUs(at));
    if (n >= accepted - third) recordUs(last, ledger.tookUs(at));
    n += 1;
  }
  const medianMs = (histogram: Histogram): string => millis(histogram.getValueAtPercentile(50) / 1000);
  return [`median ${medianMs(first)} in the first third, ${medianMs(last)} in the last`];
}
