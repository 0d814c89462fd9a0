import type { Status } from '../../contract/report/criteria.ts';
import type { ThresholdWords } from '../../contract/report/report.ts';
import type { Judged, ResponseTimes } from '../interpret/response-times.ts';

// What the criteria on response times share.

export const slowAdvice = [
  'queries: look for missing indexes, N+1 queries and locks (pg_stat_statements, EXPLAIN ANALYZE)',
  'Redis connectivity: latency of a PING from the worker, and timeouts that are waited out on each request',
  'task queue: is work done before the answer that could be queued, and does the queue keep up?',
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

/**
 * What is slow accuses the server only if it is as slow while there is CPU to spare; else nobody knows whose delay it was.
 * @param of what some answers deserve.
 * @param min so many answers must be clear to decide.
 */
export function fairStatus(times: ResponseTimes, of: (judged: Judged) => Status, min = minClear): Status {
  const status = of(times);
  if (status === 'pass' || times.inSaturation === 0) return status;
  if (times.clear.histogram.totalCount < min) return 'inconclusive';
  return of(times.clear) === status ? status : 'inconclusive';
}

/** Added to the sentence of a criterion that is inconclusive for that reason. */
export const saturatedWords = (status: Status): string =>
  status === 'inconclusive' ? '; there was no CPU to spare meanwhile: whose delay that was is not known' : '';
