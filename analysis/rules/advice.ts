import type { CriterionId } from '../../contract/report/criteria.ts';

const memory = [
  'background tasks: are they awaited, bounded in number, and do they let go of what they captured?',
  'Redis connections: is each one returned or closed, or is a client made per request?',
  'connection pool: is its size bounded, and are sessions closed on every path, errors included?',
  'caches and in-memory maps keyed by signal, webhook or user: do they expire?',
];

const slow = [
  'queries: look for missing indexes, N+1 queries and locks (pg_stat_statements, EXPLAIN ANALYZE)',
  'Redis connectivity: latency of a PING from the worker, and time-outs that are waited out on each request',
  'task queue: is work done before the answer that could be queued, and does the queue keep up?',
];

/** What to look at when a criterion fails or warns. */
export const advice: Readonly<Record<CriterionId, readonly string[]>> = {
  'worker-crashes': [
    'memory pattern before the end: a steep rise points to the OOM killer (dmesg, memory.events of the cgroup)',
    'error logs of the last seconds before the end: an unhandled exception, or a signal from a supervisor that lost patience',
    'graceful shutdown: does a recycled worker finish its requests and say so in the log?',
  ],
  'memory-growth': memory,
  'memory-leak': memory,
  'success-rate': [
    'the outcomes of the requests that failed, in the ledger, tell 5xx from refusals and broken connections',
    'error logs of the workers at the times of the failures',
  ],
  'error-rate': ['error logs of the workers; the ledger holds status and time of every failed request'],
  'average-response-time': slow,
  'p95-response-time': slow,
  'any-response': slow,
  cpu: [
    'profile a worker under this load: serialization, cryptography and logging are the usual suspects',
    'more workers, or fewer on too few cores',
  ],
  'rate-limiter': [
    'Redis connection: does each worker reach the same Redis, or does it count in its own memory? k times the limit with k workers is the sign',
    'limiter logic: count and add in one atomic step (a Lua script, or INCR with a check of its answer)',
    'database fallback: when Redis is gone, does the fallback keep the same limit, or let everything through?',
    'Retry-After: the seconds until a request is admitted again, rounded up; X-Forwarded-For: believed only from your own proxies',
  ],
  'limited-share': [
    'is the limiter switched on for this route, and does it find the webhook behind a proxy or a different key?',
  ],
  'exactly-once': [
    'claim the idempotency key and store the signal in one atomic step (SET NX before, or a unique index in the database)',
    'after a failure between claim and store the claim must be released, or the signal is lost',
    'background work: is a signal acknowledged before it is stored where a crash cannot lose it?',
    'TTL: is it set with the claim itself (SET NX PX), in milliseconds, and never again by a repeat?',
    'the key: does it hold every field that makes a signal what it is, and the webhook?',
    'counters: increment in the database (SET n = n + 1, INCR), never read, add and write back',
    'duplicates answered with a body that differs from the first must be told apart in the profile (answers)',
  ],
  'database-and-redis': [
    'are server, pool size and max_connections in step for all workers together?',
    'error logs of the database and Redis at the times named',
    'time-outs and reconnection: a lost connection must not stay in the pool',
  ],
};
