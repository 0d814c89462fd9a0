import { type Status, worst } from '../../contract/report/criteria.ts';
import type { ThresholdWords } from '../../contract/report/report.ts';
import { type Judged, judgedInWords, type ResponseTimes } from '../interpret/response-times.ts';
import type { Run } from '../interpret/run.ts';
import { type Judgement, ledgerIsWhole } from './rule.ts';

// What the criteria on response times share.

/** A server whose queue is full answers late, or refuses. */
export const exhaustedAdvice =
  'workers, threads and connections of the server: are all in use (limit of workers, keep-alive), so that requests wait or are refused?';

export const slowAdvice = [
  {
    about: 'database',
    text: 'queries: look for missing indexes, N+1 queries and locks (pg_stat_statements, EXPLAIN ANALYZE)',
  },
  {
    about: 'redis',
    text: 'Redis connectivity: latency of a PING from the worker, and timeouts that are waited out on each request',
  },
  'task queue: is work done before the answer that could be queued, and does the queue keep up?',
  exhaustedAdvice,
] as const;

export const noAnswer = 'no accepted answer was recorded';

/**
 * Where no answer is left to judge, because a line that the profile declares may be why each came late: what came later than the line
 * explains still accuses the server.
 * @param beyond what `timesBeyondLine` found in each scenario.
 * @param judge the criterion, of answers that are left.
 * @param none what is said where none came at all.
 */
export function judgedBeyondLine(
  run: Run,
  beyond: readonly (ResponseTimes | null)[],
  judge: (times: readonly ResponseTimes[]) => Judgement,
  none = noAnswer,
): Judgement {
  const times = beyond.filter((one) => one !== null);
  if (times.length === 0) return { status: 'inconclusive', summary: none };
  const answers = times.reduce((sum, { histogram }) => sum + histogram.totalCount, 0);
  const timeouts = times.reduce((sum, one) => sum + one.timeouts, 0);
  const waited = `${judgedInWords(answers, timeouts)} may have waited in the line of the limiter that is declared as delaying`;
  if (!times.every(({ scenario }) => ledgerIsWhole(run, scenario.name))) {
    return { status: 'inconclusive', summary: `${waited}, and rows that tell how long it was are missing` };
  }
  const judgement = judge(times);
  if (judgement.status === 'pass') {
    return { status: 'not-applicable', summary: `${waited}, and no other is there to judge` };
  }
  return { ...judgement, summary: `later than the line of the delaying limiter explains: ${judgement.summary}` };
}

interface Limits {
  readonly warnMs: number;
  readonly failMs: number;
}

/** Passes below `warnMs`, fails above `failMs`. */
export function byMilliseconds(ms: number, { warnMs, failMs }: Limits): Status {
  return ms > failMs ? 'fail' : ms >= warnMs ? 'warn' : 'pass';
}

export function inMilliseconds({ warnMs, failMs }: Limits): ThresholdWords {
  return {
    pass: `< ${warnMs} ms`,
    warn: warnMs === failMs ? null : `${warnMs}–${failMs} ms`,
    fail: `> ${failMs} ms`,
  };
}

/** Fewer answers say too little of how fast a server is. */
const minClear = 20;

export interface Fair {
  readonly status: Status;
  /** It is so only by what came while there was no CPU to spare. */
  readonly isByMachine: boolean;
}

/**
 * What is slow accuses the server only if it is as slow while there is CPU to spare; else nobody knows whose delay it was. A warning stays
 * one: without CPU a server looks slower, and never faster, so it does not fail.
 * @param of what some answers deserve.
 * @param min so many answers must be clear to decide.
 */
export function fairStatus(times: ResponseTimes, of: (judged: Judged) => Status, min = minClear): Fair {
  const status = of(times);
  if (status === 'pass' || times.inSaturation === 0) return { status, isByMachine: false };
  const isByMachine = times.clear.histogram.totalCount < min || of(times.clear) !== status;
  return { status: isByMachine && status === 'fail' ? 'inconclusive' : status, isByMachine };
}

/** The worst of some, as one. */
export function worstFair(parts: readonly Fair[]): Fair {
  const status = worst(parts.map((part) => part.status));
  return { status, isByMachine: parts.every((part) => part.status !== status || part.isByMachine) };
}

/** The scenarios that gave the whole its status: what is said of the slowest must be said of one of them. */
export const deciding = <T extends Fair>(parts: readonly T[], status: Status): readonly T[] =>
  parts.filter((part) => part.status === status);

/** Added to the sentence of a criterion that has its status for that reason. */
export function machineWords({ status, isByMachine }: Fair): string {
  if (!isByMachine || status === 'pass') return '';
  const what = status === 'inconclusive' ? 'whose delay that was is not known' : 'the server itself may be faster';
  return `; there was no CPU to spare meanwhile: ${what}`;
}
