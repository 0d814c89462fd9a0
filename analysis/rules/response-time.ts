import type { Status } from '../../contract/report/criteria.ts';
import type { ThresholdWords } from '../../contract/report/report.ts';

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
