import type { PostgresLookLine } from '../../contract/journal/journal.ts';

type Figures = Omit<PostgresLookLine, 'store' | 'atUs' | 'latencyMs'>;

/**
 * One statement that reads PostgreSQL's own statistics. Without pg_monitor the rows of other users are there, and what they do is null.
 * Connections of clients: a hidden row has a user and a database, which of the server's own processes only parallel workers have.
 */
export function statistics(version: number): string {
  const [waitstart, sessions] =
    version >= 140_000 ? ['l.waitstart', 'd.sessions'] : ['NULL::timestamptz', 'NULL::bigint'];
  const isClient =
    "(backend_type = 'client backend' OR (backend_type IS NULL AND datid IS NOT NULL AND usesysid IS NOT NULL))";
  return `
WITH d AS (SELECT * FROM pg_catalog.pg_stat_database WHERE datname = current_database()),
a AS (SELECT * FROM pg_catalog.pg_stat_activity WHERE ${isClient} AND pid <> pg_backend_pid()),
w AS (
  SELECT l.locktype, ${waitstart} AS since FROM pg_catalog.pg_locks l JOIN a ON a.pid = l.pid
  WHERE NOT l.granted AND a.datid = (SELECT datid FROM d)
)
SELECT
  extract(epoch FROM pg_postmaster_start_time())::float8 AS started_at,
  pg_is_in_recovery() AS in_recovery,
  current_setting('max_connections')::int - coalesce(current_setting('superuser_reserved_connections', true)::int, 0)
    - coalesce(current_setting('reserved_connections', true)::int, 0) AS max_connections,
  (SELECT datconnlimit FROM pg_catalog.pg_database WHERE datname = current_database()) AS max_of_database,
  (SELECT deadlocks FROM d) AS deadlocks,
  (SELECT xact_commit + xact_rollback FROM d) AS transactions,
  (SELECT ${sessions} FROM d) AS sessions,
  count(*) AS others,
  count(*) FILTER (WHERE datid = (SELECT datid FROM d)) AS of_database,
  count(*) FILTER (WHERE backend_type IS NULL) AS hidden,
  count(*) FILTER (WHERE state = 'active') AS active,
  count(*) FILTER (WHERE state = 'idle') AS idle,
  count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
  count(*) FILTER (WHERE state = 'active' AND wait_event_type = 'Lock') AS wait_lock,
  count(*) FILTER (WHERE state = 'active' AND wait_event_type = 'IO') AS wait_io,
  count(*) FILTER (WHERE state = 'active' AND wait_event_type IN ('LWLock', 'BufferPin')) AS wait_latch,
  extract(epoch FROM max(clock_timestamp() - xact_start))::float8 * 1000 AS oldest_transaction_ms,
  extract(epoch FROM max(clock_timestamp() - state_change) FILTER (WHERE state LIKE 'idle in transaction%'))::float8 * 1000
    AS longest_idle_in_transaction_ms,
  (SELECT extract(epoch FROM max(clock_timestamp() - since))::float8 * 1000 FROM w WHERE locktype <> 'advisory') AS longest_lock_wait_ms,
  (SELECT count(*) FROM w WHERE locktype = 'advisory') AS wait_advisory
FROM a`;
}

/** The row in our names. What other users' connections do is null where one of them is hidden. */
export function postgresFigures(row: Readonly<Record<string, unknown>> | null, version: number): Figures {
  const figure = (name: string): number | null => {
    const value = row?.[name];
    return value === null || value === undefined || !Number.isFinite(Number(value)) ? null : Number(value);
  };
  const hidden = figure('hidden') ?? 0;
  const ofStates = (name: string): number | null => (hidden > 0 ? null : figure(name));
  const tellsWaits = version >= 140_000;
  const others = figure('others');
  const maxOfDatabase = figure('max_of_database');
  return {
    unseen: [
      ...(row?.in_recovery === true ? ['what the primary does: this is a standby'] : []),
      ...(hidden > 0
        ? ['what connections of other users do: GRANT pg_monitor TO the user of MONITOR_POSTGRES_URL']
        : []),
      ...(row === null || tellsWaits ? [] : ['how long locks are waited for: PostgreSQL tells from version 14 on']),
    ],
    startedAt: figure('started_at'),
    connections: others === null ? null : others + 1,
    maxConnections: figure('max_connections'),
    ofDatabase: figure('of_database'),
    maxOfDatabase: maxOfDatabase === null || maxOfDatabase < 0 ? null : maxOfDatabase,
    active: ofStates('active'),
    idle: ofStates('idle'),
    idleInTransaction: ofStates('idle_in_transaction'),
    waitForLock: ofStates('wait_lock'),
    waitForIo: ofStates('wait_io'),
    waitForLatch: ofStates('wait_latch'),
    oldestTransactionMs: hidden > 0 ? null : (figure('oldest_transaction_ms') ?? 0),
    longestIdleInTransactionMs: hidden > 0 ? null : (figure('longest_idle_in_transaction_ms') ?? 0),
    longestLockWaitMs: row === null || !tellsWaits ? null : (figure('longest_lock_wait_ms') ?? 0),
    waitForAdvisoryLock: figure('wait_advisory'),
    deadlocks: figure('deadlocks'),
    sessions: figure('sessions'),
    transactions: figure('transactions'),
    inRecovery: typeof row?.in_recovery === 'boolean' ? row.in_recovery : null,
  };
}
