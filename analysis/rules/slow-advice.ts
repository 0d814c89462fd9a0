import { percentileMs, type ResponseTimes } from '../interpret/response-times.ts';
import type { Run } from '../interpret/run.ts';
import { isBlockedIn } from '../processes/blocked.ts';
import { isPoolExhaustedIn } from '../stores/exhausted-pool.ts';
import { type Advice, interleaved } from './advice.ts';
import { blockedAdvice, exhaustedAdvice, type Fair } from './response-time.ts';

const queries: Advice = {
  about: 'database',
  text: 'queries: look for missing indexes, N+1 queries and locks (pg_stat_statements, EXPLAIN ANALYZE)',
};
const redis: Advice = {
  about: 'redis',
  text: 'Redis connectivity: latency of a PING from the worker, and timeouts that are waited out on each request',
};
const tasks = 'task queue: is work done before the answer that could be queued, and does the queue keep up?';
const never =
  'what a request waits for that never comes: a lock, a free connection of a pool, or another service without a timeout';
const single =
  'a few slow answers among quick ones: a pause of the collector, a lock, a cold start, or a connection that is made anew; what happened in the server at these times?';
const pool =
  'waiting for a connection of the pool, which was exhausted meanwhile: it needs requests a second × the seconds that each holds a connection';
const machine =
  'the machine had no CPU to spare: give the server one of its own, apart from the load generator, and run again';
const growing =
  'what grows while the server runs: a table whose query has no index, a list or queue that is walked, or memory (see memory growth)';

export type Slowness = 'timeouts' | 'slow' | 'single' | 'machine' | 'drift' | 'blocked' | 'pool';

/** What to look at, by what the times were, the most likely first. */
const bySlowness: Readonly<Record<Slowness, readonly Advice[]>> = {
  timeouts: [exhaustedAdvice, never, queries, redis],
  slow: [queries, redis, tasks, exhaustedAdvice],
  single: [single, redis, queries],
  machine: [machine],
  drift: [growing, queries],
  blocked: [blockedAdvice],
  pool: [pool],
};

export const slowAdvice: readonly Advice[] = [...new Set(Object.values(bySlowness).flat())];

/** So much of the answers that came late, and never came, are told of as such. */
const timeoutShare = 0.05;
/** Among answers of which 95 in 100 took less than this part of the slowest, that is a single one. */
const quickPart = 0.2;

/** What is to be said of times that do not pass: that a pool was exhausted, or that the server stood still in its health check, too, comes first. */
export function slownessOf(run: Run, times: ResponseTimes, { status, isByMachine }: Fair): readonly Slowness[] {
  if (status === 'pass') return [];
  if (isByMachine) return ['machine'];
  const { histogram, timeouts } = times;
  const isSilent = timeouts > 0 && timeouts >= timeoutShare * histogram.totalCount;
  const isSingle = percentileMs(times, 95) < (quickPart * histogram.maxValue) / 1000;
  return [
    ...(isPoolExhaustedIn(run, times.scenario) ? (['pool'] as const) : []),
    ...(isBlockedIn(run, times.scenario) ? (['blocked'] as const) : []),
    isSilent ? 'timeouts' : isSingle ? 'single' : 'slow',
  ];
}

export const slowAdviceOn = (found: readonly Slowness[]): readonly Advice[] =>
  interleaved(found.map((each) => bySlowness[each]));
