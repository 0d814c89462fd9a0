import { emptyHistogram, type Histogram, recordUs } from '../journal/histogram.ts';
import type { Ledger } from '../journal/ledger.ts';
import { counted } from '../words.ts';
import { longestDelaysUs } from './declared-delays.ts';
import type { DigestedTimes } from './digest.ts';
import { noSpans } from './generator-spans.ts';
import { otherProgramsSpans } from './other-programs.ts';
import { fellIntoRestart, restartSpan } from './restart.ts';
import type { Run, ScenarioRun } from './run.ts';
import { saturationsOf } from './saturation.ts';
import { droppedWithin, stallsOf } from './stalls.ts';
import { withoutCpu } from './starvation.ts';

export interface ResponseTimes {
  readonly scenario: ScenarioRun;
  /** Microseconds of service time of the answers that are judged, and of timeouts. */
  readonly histogram: Histogram;
  /** Of these those that no answer came to. */
  readonly timeouts: number;
  /** Iterations that were dropped, but for those in the wake of a stall. */
  readonly dropped: number;
  readonly droppedByStalls: number;
  readonly inStalls: number;
  /** Answers that came, or were waited for, while nobody had CPU to spare: they are judged, and alone accuse nobody. */
  readonly inSaturation: number;
  /** Of these: while other programs took the CPU, neither the server nor the generator. */
  readonly besideOthers: number;
  /** What came and was dropped while it had; of what was waited for longer than without, the rest of its time. */
  readonly clear: Judged;
}

/** Service times and dropped iterations, as a percentile takes them. */
export interface Judged {
  readonly histogram: Histogram;
  readonly dropped: number;
}

/**
 * Service times of a scenario as the response-time criteria judge them: load that was accepted, answered as duplicate or
 * never answered in time; quick refusals would only flatter. What overlaps a stall of the generator is left out and counted,
 * and so is what fell into a restart that the run asked for, and what a delaying limiter may have made wait as it is declared to.
 * Null where there is no ledger.
 * @param isAsked which requests are wanted.
 */
export function responseTimes(
  run: Run,
  scenario: ScenarioRun,
  isAsked: (at: number) => boolean = () => true,
): ResponseTimes | null {
  const { ledger, digest } = scenario;
  if (ledger === null) return null;
  const { histogram, clear, timeouts, inStalls, inSaturation, besideOthers } =
    digest?.times ?? timesIn(run, scenario, ledger, isAsked);
  const { timeline } = scenario;
  const own = timeline === null ? 0 : droppedWithin(timeline, stallsOf(scenario));
  const dropped = (timeline?.droppedIterations ?? 0) - own;
  const saturated = timeline === null ? 0 : droppedWithin(timeline, withoutCpu(run, scenario));
  return {
    ...{ scenario, histogram, timeouts, dropped, inStalls, inSaturation, besideOthers },
    droppedByStalls: own,
    clear: { histogram: clear, dropped: Math.max(0, dropped - saturated) },
  };
}

/** The service times of the requests of a ledger that are judged. */
export function timesIn(
  run: Run,
  scenario: ScenarioRun,
  ledger: Ledger,
  isAsked: (at: number) => boolean,
): DigestedTimes {
  const isJudged = judgedAnswers(run, ledger);
  return timesOf(run, scenario, {
    ledger,
    isTaken: (at) => isJudged(at) && isAsked(at),
    tookUs: (at) => ledger.tookUs(at),
  });
}

/** Which requests of a ledger are taken, and the time of each that counts. */
interface Taken {
  readonly ledger: Ledger;
  isTaken(at: number): boolean;
  tookUs(at: number): number;
}

function timesOf(run: Run, scenario: ScenarioRun, { ledger, ...taken }: Taken): DigestedTimes {
  const stalls = stallsOf(scenario);
  const saturated = saturationsOf(run, scenario);
  const saturations = withoutCpu(run, scenario);
  const histogram = emptyHistogram();
  const clear = saturations.areNone ? histogram : emptyHistogram();
  const others = saturations.areNone ? noSpans : otherProgramsSpans(run, scenario);
  let timeouts = 0;
  let inStalls = 0;
  let inSaturation = 0;
  let besideOthers = 0;
  for (let at = 0; at < ledger.length; at += 1) {
    if (!taken.isTaken(at)) continue;
    if (stalls.overlap(ledger, at)) {
      inStalls += 1;
      continue;
    }
    const tookUs = taken.tookUs(at);
    recordUs(histogram, tookUs);
    if (ledger.outcomeOf(at) === 'timeout') timeouts += 1;
    if (saturations.areNone) continue;
    const overlapUs = saturations.overlapUs(ledger, at);
    const isOwn = saturated.overlap(ledger, at);
    if (overlapUs > 0) {
      inSaturation += 1;
      if (!isOwn && others.overlap(ledger, at)) besideOthers += 1;
    }
    // A generator without CPU reads late by more than its figures tell.
    if (isOwn || (overlapUs > 0 && 2 * overlapUs >= tookUs)) continue;
    recordUs(clear, tookUs - overlapUs);
  }
  return { histogram, clear, timeouts, inStalls, inSaturation, besideOthers };
}

/** Tells which requests are judged by their response time, stalls of the generator aside. */
export function judgedAnswers(run: Run, ledger: Ledger): (at: number) => boolean {
  const isOfLoad = answersToLoad(run, ledger);
  const delaysUs = longestDelaysUs(ledger, run.manifest.profile);
  return (at) => isOfLoad(at) && (delaysUs?.[at] ?? 0) === 0;
}

function answersToLoad(run: Run, ledger: Ledger): (at: number) => boolean {
  const span = restartSpan(run);
  return (at) => {
    if (ledger.purposeOf(at) !== 'load' || fellIntoRestart(ledger, at, span)) return false;
    const outcome = ledger.outcomeOf(at);
    return outcome === 'accepted' || outcome === 'duplicate' || outcome === 'timeout';
  };
}

/**
 * For each answer to load, by how much it came later than the line of a limiter that is declared as delaying explains: what a server is surely
 * slow by. Dropped iterations are not counted, for the line keeps VUs busy. Null for any other limiter, and without rows or answers.
 * @param isAsked which requests are wanted.
 */
export function timesBeyondLine(
  run: Run,
  scenario: ScenarioRun,
  isAsked: (at: number) => boolean = () => true,
): ResponseTimes | null {
  const { ledger, digest } = scenario;
  const delaysUs = ledger === null || digest !== null ? null : longestDelaysUs(ledger, run.manifest.profile);
  if (ledger === null || delaysUs === null) return null;
  const isOfLoad = answersToLoad(run, ledger);
  const { clear, ...times } = timesOf(run, scenario, {
    ledger,
    isTaken: (at) => isOfLoad(at) && isAsked(at),
    tookUs: (at) => Math.max(0, ledger.tookUs(at) - (delaysUs[at] ?? 0)),
  });
  if (times.histogram.totalCount === 0) return null;
  return { scenario, ...times, dropped: 0, droppedByStalls: 0, clear: { histogram: clear, dropped: 0 } };
}

/** Percentile over sent and dropped, a dropped one counting as infinite. In milliseconds. */
export function percentileMs({ histogram, dropped }: Judged, percentile: number): number {
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

/** `1199 answers and 1 timeout`: what a figure is taken over. */
export function judgedInWords(judged: number, timeouts: number): string {
  if (timeouts === 0) return counted(judged, 'answer');
  const silent = counted(timeouts, 'timeout');
  return judged === timeouts ? silent : `${counted(judged - timeouts, 'answer')} and ${silent}`;
}

/**
 * What the generator itself delayed, in words for the evidence; empty if nothing.
 * @param accused whose share of requests without CPU is told: that of all scenarios says nothing of one.
 */
export function generatorNote(
  times: readonly ResponseTimes[],
  accused: readonly ResponseTimes[] = times,
): readonly string[] {
  const sumOf = (of: (one: ResponseTimes) => number, from = times): number =>
    from.reduce((sum, one) => sum + of(one), 0);
  const inStalls = sumOf((one) => one.inStalls);
  const dropped = sumOf((one) => one.droppedByStalls);
  const inSaturation = sumOf((one) => one.inSaturation, accused);
  const besideOthers = sumOf((one) => one.besideOthers, accused);
  const ofAll = `of ${sumOf((one) => one.histogram.totalCount, accused)} requests were waited for while`;
  const [only, ...others] = accused;
  const where = times.length > 1 && others.length === 0 && only !== undefined ? `${only.scenario.name}: ` : '';
  return [
    ...(inSaturation === besideOthers
      ? []
      : [
          `${where}${inSaturation - besideOthers} ${ofAll} there was no CPU to spare: run the generator on another machine, or lower the rate`,
        ]),
    ...(besideOthers === 0
      ? []
      : [
          `${where}${besideOthers} ${ofAll} other programs took the CPU of the machine, neither the server nor the generator: end those that are not part of the test, or test on a machine of its own`,
        ]),
    ...(inStalls === 0 ? [] : [`${inStalls} requests overlapped a stall of the generator and were left out`]),
    ...(dropped === 0 ? [] : [`${dropped} iterations were dropped in the wake of a stall and left out`]),
  ];
}
