import type { Thresholds } from '../report/thresholds.ts';
import type { PostgresLookLine, RedisLookLine, StoreName } from './journal.ts';

// What two looks after each other show that is not as it should be. Alerts and the criterion both come from here.

export type TroubleThresholds = Pick<Thresholds, 'pool' | 'storeResponse' | 'lockWait'>;

interface TroubleKindOf {
  readonly store: StoreName;
  /** In the report: a count adds up over the run, of anything else the greatest counts. */
  readonly measure: string;
  readonly unit: 'count' | 'ms' | 'share';
  /** What the store did, as a sentence that begins with its name or with "it". */
  readonly words: (amount: number) => string;
}

const times = (n: number): string => (n === 1 ? 'once' : n === 2 ? 'twice' : `${n} times`);
const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;
const percent = (share: number): string => `${Math.floor(share * 100)}%`;
const count = (store: StoreName, measure: string, words: TroubleKindOf['words']): TroubleKindOf => ({
  store,
  measure,
  unit: 'count',
  words,
});

export const troubleTable = {
  'redis-restarted': count('redis', 'redis-restarts', (n) => `was restarted ${times(n)}`),
  'redis-connections-refused': count(
    'redis',
    'redis-refused-connections',
    (n) => `refused ${counted(n, 'connection')} because maxclients was reached`,
  ),
  'redis-writes-refused': count(
    'redis',
    'redis-refused-writes',
    (n) => `refused ${counted(n, 'write')} because its memory is full`,
  ),
  'redis-unsaved-writes': count(
    'redis',
    'redis-unsaved-writes',
    (n) => `refused ${counted(n, 'command')} because it cannot save (MISCONF)`,
  ),
  'redis-read-only-writes': count(
    'redis',
    'redis-read-only-writes',
    (n) => `refused ${counted(n, 'write')} because it is a replica (READONLY)`,
  ),
  'redis-loading-errors': count(
    'redis',
    'redis-loading-errors',
    (n) => `refused ${counted(n, 'command')} while it loaded its data`,
  ),
  'redis-cluster-errors': count(
    'redis',
    'redis-cluster-errors',
    (n) => `refused ${counted(n, 'command')} because a master, replica or slot was missing`,
  ),
  'redis-busy-errors': count(
    'redis',
    'redis-busy-errors',
    (n) => `refused ${counted(n, 'command')} while a script held it`,
  ),
  'redis-evicted': count('redis', 'redis-evicted-keys', (n) => `evicted ${counted(n, 'key')}`),
  'redis-over-memory': {
    store: 'redis',
    measure: 'redis-max-memory-use',
    unit: 'share',
    words: (share) => `used ${percent(share)} of maxmemory, and its policy noeviction refuses writes beyond that`,
  },
  'redis-no-slot': {
    store: 'redis',
    measure: 'redis-max-connection-use',
    unit: 'share',
    words: () => 'had as many clients as maxclients lets in',
  },
  'redis-unsaved': count('redis', 'redis-failed-saves', () => 'could not save its data to disk'),
  'redis-slow-command': {
    store: 'redis',
    measure: 'redis-slowest-command',
    unit: 'ms',
    words: (ms) => `was held by one command for ${ms.toFixed(0)} ms (SLOWLOG), and answered nothing else meanwhile`,
  },
  'redis-slow': {
    store: 'redis',
    measure: 'redis-slowest-ping',
    unit: 'ms',
    words: (ms) => `answered PING after ${ms.toFixed(0)} ms`,
  },
  'postgres-restarted': count('postgres', 'database-restarts', (n) => `was restarted ${times(n)}`),
  'postgres-deadlocks': count(
    'postgres',
    'database-deadlocks',
    (n) => `ended ${counted(n, 'transaction')} because of a deadlock`,
  ),
  'postgres-lock-wait': {
    store: 'postgres',
    measure: 'database-longest-lock-wait',
    unit: 'ms',
    words: (ms) => `kept a statement waiting for a lock for ${ms.toFixed(0)} ms`,
  },
  'postgres-no-slot': {
    store: 'postgres',
    measure: 'database-max-connection-use',
    unit: 'share',
    words: () => 'had as many connections as it lets in (max_connections, or the limit of the database)',
  },
  'postgres-near-exhaustion': {
    store: 'postgres',
    measure: 'database-max-busy-use',
    unit: 'share',
    words: (share) => `had ${percent(share)} of its connections at work`,
  },
  'postgres-idle-sessions': count(
    'postgres',
    'database-sessions-left-in-transaction',
    (n) =>
      `had ${counted(n, 'more session')} idle in transaction after the load than before: they came one after another, and stayed`,
  ),
  'postgres-slow': {
    store: 'postgres',
    measure: 'database-slowest-select',
    unit: 'ms',
    words: (ms) => `answered SELECT 1 after ${ms.toFixed(0)} ms`,
  },
} as const satisfies Record<string, TroubleKindOf>;

export type TroubleKind = keyof typeof troubleTable;
export interface Trouble {
  readonly kind: TroubleKind;
  readonly amount: number;
}

/** How far a counter went on; one that was set back began anew. Null where it is not known. */
function added(before: number | null | undefined, now: number | null): number {
  if (now === null || before === null || before === undefined) return 0;
  return now >= before ? now - before : now;
}

function troubles(found: readonly (readonly [kind: TroubleKind, amount: number, holds?: boolean])[]): Trouble[] {
  return found.flatMap(([kind, amount, holds = amount > 0]) => (holds ? [{ kind, amount }] : []));
}

const redisCounters = [
  ['redis-connections-refused', 'connectionsRefused'],
  ['redis-writes-refused', 'fullErrors'],
  ['redis-unsaved-writes', 'unsavedErrors'],
  ['redis-read-only-writes', 'readOnlyErrors'],
  ['redis-loading-errors', 'loadingErrors'],
  ['redis-cluster-errors', 'clusterErrors'],
  ['redis-busy-errors', 'busyErrors'],
  ['redis-evicted', 'evictedKeys'],
] as const;

/** Errors that a restart has counted since: all of them are new. */
const zeroes = Object.fromEntries(redisCounters.map(([, name]) => [name, 0]));

export function isRestartOfRedis(before: RedisLookLine | null, now: RedisLookLine): boolean {
  return before !== null && before.instance !== null && now.instance !== null && before.instance !== now.instance;
}

/** @param before the last look that was answered; null for the first. */
export function redisTroubles(
  before: RedisLookLine | null,
  now: RedisLookLine,
  { storeResponse }: TroubleThresholds,
): readonly Trouble[] {
  const restarted = isRestartOfRedis(before, now);
  const counters: Partial<Record<string, number | null>> | null = restarted
    ? zeroes
    : before && { ...countersOf(before) };
  const memory = shareOf(now.usedBytes, now.maxBytes);
  const slots = shareOf(now.clients, now.maxClients);
  return troubles([
    ['redis-restarted', 1, restarted],
    ...redisCounters.map(([kind, name]) => [kind, added(counters?.[name], now[name])] as const),
    ['redis-over-memory', memory, memory >= 1 && now.policy === 'noeviction'],
    ['redis-no-slot', slots, slots >= 1],
    ['redis-unsaved', 1, now.savesOk === false && before?.savesOk !== false],
    ['redis-slow-command', now.slowestMs ?? 0, (now.slowestMs ?? 0) > storeResponse.warnMs],
    ['redis-slow', now.latencyMs, now.latencyMs > storeResponse.warnMs],
  ]);
}

function countersOf(look: RedisLookLine): Record<string, number | null> {
  return Object.fromEntries(redisCounters.map(([, name]) => [name, look[name]]));
}

export function isRestartOfPostgres(before: PostgresLookLine | null, now: PostgresLookLine): boolean {
  return (
    before !== null && before.startedAt !== null && now.startedAt !== null && now.startedAt > before.startedAt + 0.5
  );
}

export function postgresTroubles(
  before: PostgresLookLine | null,
  now: PostgresLookLine,
  { storeResponse, lockWait, pool }: TroubleThresholds,
): readonly Trouble[] {
  const busy = shareOf(busyConnections(now), now.maxConnections);
  // The monitor's own connection takes a place, too.
  const ofDatabase = now.ofDatabase === null ? null : now.ofDatabase + 1;
  const taken = Math.max(shareOf(now.connections, now.maxConnections), shareOf(ofDatabase, now.maxOfDatabase));
  const waitMs = now.longestLockWaitMs ?? 0;
  return troubles([
    ['postgres-restarted', 1, isRestartOfPostgres(before, now)],
    ['postgres-deadlocks', added(before?.deadlocks, now.deadlocks)],
    ['postgres-lock-wait', waitMs, waitMs > lockWait.warnMs],
    ['postgres-no-slot', taken, taken >= 1],
    ['postgres-near-exhaustion', busy, taken < 1 && busy >= pool.nearExhaustion],
    ['postgres-slow', now.latencyMs, now.latencyMs > storeResponse.warnMs],
  ]);
}

/** Connections that are not free for other work; null where their states are hidden. */
function busyConnections({ active, idleInTransaction }: PostgresLookLine): number | null {
  return active === null || idleInTransaction === null ? null : active + idleInTransaction;
}

/** 0 where one of them is not known, or there is no limit. */
function shareOf(part: number | null, whole: number | null): number {
  return part === null || whole === null || whole <= 0 ? 0 : part / whole;
}

/** How bad it is by itself. An evicted key means what Redis is there for; a full store is worse if it refused something. */
export function levelOf({ kind, amount }: Trouble, { storeResponse, lockWait }: TroubleThresholds): 'warn' | 'fail' {
  switch (kind) {
    case 'redis-evicted':
    case 'redis-over-memory':
    case 'redis-no-slot':
    case 'redis-unsaved':
    case 'postgres-no-slot':
    case 'postgres-near-exhaustion':
    case 'postgres-idle-sessions':
      return 'warn';
    case 'redis-slow':
    case 'postgres-slow':
    case 'redis-slow-command':
      return amount > storeResponse.failMs ? 'fail' : 'warn';
    case 'postgres-lock-wait':
      return amount > lockWait.failMs ? 'fail' : 'warn';
    default:
      return 'fail';
  }
}
