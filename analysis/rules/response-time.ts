import { type Status, worst } from '../../contract/report/criteria.ts';
import type { ThresholdWords } from '../../contract/report/report.ts';
import type { Judged, ResponseTimes } from '../interpret/response-times.ts';

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
