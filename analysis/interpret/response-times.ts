import { emptyHistogram, type Histogram, recordUs } from '../journal/histogram.ts';
import { delayedByLimiter } from './declared-delays.ts';
import { fellIntoRestart, restartSpan } from './restart.ts';
import type { Run, ScenarioRun } from './run.ts';
import { droppedByStalls, overlapsStall, stallsOf } from './stalls.ts';

export interface ResponseTimes {
  readonly scenario: ScenarioRun;
  /** Microseconds of service time of the answers that are judged. */
  readonly histogram: Histogram;
  /** Iterations that were dropped, but for those in the wake of a stall. */
  readonly dropped: number;
  readonly droppedByStalls: number;
  readonly inStalls: number;
}

/**
 * Service times of a scenario as the response-time criteria judge them: load that was accepted, answered as duplicate or
 * never answered in time; quick refusals would only flatter. What overlaps a stall of the generator is left out and counted,
 * and so is what fell into a restart that the run asked for, and what a delaying limiter may have made wait as it is declared to.
 * Null where there is no ledger.
 */
export function responseTimes(run: Run, scenario: ScenarioRun): ResponseTimes | null {
  const { ledger } = scenario;
  if (ledger === null) return null;
  const stalls = stallsOf(scenario);
  const span = restartSpan(run);
  const delayed = delayedByLimiter(ledger, run.manifest.profile);
  const histogram = emptyHistogram();
  let inStalls = 0;
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.purposeOf(at) !== 'load' || delayed?.[at] === 1 || fellIntoRestart(ledger, at, span)) continue;
    const outcome = ledger.outcomeOf(at);
    if (outcome !== 'accepted' && outcome !== 'duplicate' && outcome !== 'timeout') continue;
    if (stalls.length > 0 && overlapsStall(ledger, at, stalls)) inStalls += 1;
    else recordUs(histogram, ledger.tookUs(at));
  }
  const { timeline } = scenario;
  const own = timeline === null ? 0 : droppedByStalls(timeline);
  return { scenario, histogram, dropped: (timeline?.droppedIterations ?? 0) - own, droppedByStalls: own, inStalls };
}

/** Percentile over sent and dropped, a dropped one counting as infinite. In milliseconds. */
export function percentileMs({ histogram, dropped }: ResponseTimes, percentile: number): number {
  const n = histogram.totalCount + dropped;
  const rank = Math.ceil((percentile / 100) * n);
  if (n === 0 || rank > histogram.totalCount) return Number.POSITIVE_INFINITY;
  return histogram.getValueAtPercentile((rank / histogram.totalCount) * 100) / 1000;
}

/** Scenarios whose response times are there to be judged. */
export function judgedResponseTimes(run: Run): readonly ResponseTimes[] {
  return run.scenarios.flatMap((scenario) => {
    const times = responseTimes(run, scenario);
    return times === null || times.histogram.totalCount === 0 ? [] : [times];
  });
}

/** What the generator's stalls took out, in words for the evidence; empty if none. */
export function stallNote(times: readonly ResponseTimes[]): readonly string[] {
  const inStalls = times.reduce((sum, { inStalls: count }) => sum + count, 0);
  const dropped = times.reduce((sum, { droppedByStalls: count }) => sum + count, 0);
  return [
    ...(inStalls === 0 ? [] : [`${inStalls} requests overlapped a stall of the generator and were left out`]),
    ...(dropped === 0 ? [] : [`${dropped} iterations were dropped in the wake of a stall and left out`]),
  ];
}
