import type { PostgresLookLine, RedisLookLine } from '../../contract/journal/journal.ts';
import { troubleTable } from '../../contract/journal/store-troubles.ts';
import type { Measure } from '../../contract/report/report.ts';
import type { Thresholds } from '../../contract/report/thresholds.ts';
import { max } from '../statistics.ts';
import type { TroubleOfRun } from './troubles.ts';

type Looks = readonly (RedisLookLine | PostgresLookLine)[];

/** What was seen of a store at most, and how much of each trouble there was: a counter of a store that went well is 0. */
export function figuresOf(looks: Looks, troubles: readonly TroubleOfRun[], criteria: Thresholds): readonly Measure[] {
  const seen = looks[0]?.store === 'redis' ? ofRedis(looks, criteria) : ofPostgres(looks, criteria);
  const known = new Set(seen.map(({ name }) => name));
  const counted = troubles.flatMap(({ kind, amount }): Measure[] => {
    const { measure: name, unit } = troubleTable[kind];
    return known.has(name) ? [] : [{ name, value: amount, unit, ...(unit === 'count' ? { threshold: 0 } : {}) }];
  });
  return [...seen, ...counted];
}

type Line = readonly [name: string, unit: Measure['unit'], values: readonly (number | null)[], threshold?: number];

/** The greatest of each; nothing where none is known. */
function greatest(lines: readonly Line[]): readonly Measure[] {
  return lines.flatMap(([name, unit, values, threshold]): Measure[] => {
    const value = max(values.filter((each) => each !== null));
    return value === null ? [] : [{ name, value, unit, ...(threshold === undefined ? {} : { threshold }) }];
  });
}

function ofRedis(looks: Looks, { storeResponse }: Thresholds): readonly Measure[] {
  const all = looks.filter((look) => look.store === 'redis');
  return greatest([
    ['redis-slowest-ping', 'ms', all.map(({ latencyMs }) => latencyMs), storeResponse.failMs],
    ['redis-slowest-command', 'ms', all.map(({ slowestMs }) => slowestMs), storeResponse.failMs],
    ['redis-max-clients', 'count', all.map(({ clients }) => clients)],
    ['redis-max-blocked-clients', 'count', all.map(({ blockedClients }) => blockedClients)],
    ['redis-max-connection-use', 'share', all.map(({ clients, maxClients }) => share(clients, maxClients)), 1],
    ['redis-max-memory', 'bytes', all.map(({ usedBytes }) => usedBytes)],
    ['redis-max-memory-use', 'share', all.map(({ usedBytes, maxBytes }) => share(usedBytes, maxBytes)), 1],
  ]);
}

function ofPostgres(looks: Looks, { storeResponse, lockWait, pool }: Thresholds): readonly Measure[] {
  const all = looks.filter((look) => look.store === 'postgres');
  const busy = all.map(({ active, idleInTransaction, maxConnections }) =>
    share(active === null || idleInTransaction === null ? null : active + idleInTransaction, maxConnections),
  );
  return greatest([
    ['database-slowest-select', 'ms', all.map(({ latencyMs }) => latencyMs), storeResponse.failMs],
    ['database-longest-lock-wait', 'ms', all.map(({ longestLockWaitMs }) => longestLockWaitMs), lockWait.failMs],
    ['database-max-waiting-for-locks', 'count', all.map(({ waitForLock }) => waitForLock)],
    ['database-max-waiting-for-storage', 'count', all.map(({ waitForIo }) => waitForIo)],
    ['database-max-waiting-for-latches', 'count', all.map(({ waitForLatch }) => waitForLatch)],
    ['database-max-waiting-for-advisory-locks', 'count', all.map(({ waitForAdvisoryLock }) => waitForAdvisoryLock)],
    ['database-max-connections-seen', 'count', all.map(({ connections }) => connections)],
    [
      'database-max-connection-use',
      'share',
      all.map(({ connections, maxConnections }) => share(connections, maxConnections)),
      1,
    ],
    ['database-max-busy-use', 'share', busy, pool.nearExhaustion],
    ['database-max-idle-in-transaction', 'count', all.map(({ idleInTransaction }) => idleInTransaction)],
    ['database-oldest-transaction', 'ms', all.map(({ oldestTransactionMs }) => oldestTransactionMs)],
    [
      'database-longest-idle-in-transaction',
      'ms',
      all.map(({ longestIdleInTransactionMs }) => longestIdleInTransactionMs),
    ],
  ]);
}

function share(part: number | null, whole: number | null): number | null {
  return part === null || whole === null || whole <= 0 ? null : part / whole;
}
