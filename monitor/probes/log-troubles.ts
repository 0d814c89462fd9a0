import type { LogTroubleKind } from '../../contract/journal/journal.ts';

/**
 * What clients of databases and Redis write when they got no connection, or an error that says something about the store. Each pattern is
 * a fixed text of a client or server, long enough not to stand in ordinary prose.
 */
const patterns: readonly (readonly [LogTroubleKind, RegExp])[] = [
  // SQLAlchemy, pg-pool, HikariCP, psycopg_pool, psycopg2, Prisma, Knex, Sequelize, ActiveRecord, Npgsql, ADO.NET, c3p0, DBCP, Druid, Ecto, sqlx, deadpool.
  ['pool-timeout', /QueuePool limit of size \d+ overflow -?\d+ reached/],
  ['pool-timeout', /timeout exceeded when trying to connect/],
  ['pool-timeout', /Connection is not available, request timed out after \d+ ?ms/],
  [
    'pool-timeout',
    /couldn't get a connection after [\d.]+ sec|psycopg2\.pool\.PoolError|has already \d+ requests waiting|too many requests in the queue: already/,
  ],
  ['pool-timeout', /Timed out fetching a new connection from the connection pool/],
  ['pool-timeout', /Timeout acquiring a connection\. The pool is probably full/],
  ['pool-timeout', /ConnectionAcquireTimeoutError|GetConnectionTimeoutException|PoolExhaustedException/],
  ['pool-timeout', /could not obtain a (?:database )?connection (?:from the pool )?within [\d.]+ seconds/],
  ['pool-timeout', /connection pool has been exhausted|prior to obtaining a connection from the pool/],
  ['pool-timeout', /attempt by a client to checkout a Connection has timed out|Cannot get a connection, pool error/],
  ['pool-timeout', /connection not available and request was dropped from queue/],
  ['pool-timeout', /pool timed out while waiting for an open connection|waiting for a slot to become available/],
  // r2d2, peewee, PgBouncer.
  ['pool-timeout', /timed out waiting for connection(?: from (?:the )?pool)?\s*["']?\}?$|MaxConnectionsExceeded/],
  ['pool-timeout', /(?:ERROR|FATAL|pooler error|closing because|error): ? ?query_wait_timeout/],
  // PostgreSQL, asyncpg, PgBouncer, MySQL.
  ['too-many-connections', /too many clients already|remaining connection slots are reserved|TooManyConnectionsError/],
  [
    'too-many-connections',
    /too many connections for (?:role|database)|no more connections allowed \(max_client_conn\)/,
  ],
  ['too-many-connections', /ER_CON_COUNT_ERROR|\b1040\b.{0,20}Too many connections/],
  ['deadlock', /deadlock detected|Deadlock found when trying to get lock|DeadlockDetected(?:Error)?\b/],
  ['lock-timeout', /canceling statement due to (?:lock|statement) timeout|Lock wait timeout exceeded/],
  ['database-starting', /the database system is (?:starting up|shutting down|in recovery mode|not yet accepting)/],
  ['read-only', /cannot execute [A-Z ]{3,40} in a read-only transaction/],
  ['disk-full', /could not (?:extend|write|create)[^\n]{0,200}No space left on device/],
  ['no-connection', /connection to server (?:at|on) [^\n]{1,200} failed: (?!FATAL)/],
  ['no-connection', /could not connect to server: |server closed the connection unexpectedly/],
  [
    'no-connection',
    /terminating connection (?:due to administrator command|because of crash|due to unexpected postmaster)/,
  ],
  [
    'no-connection',
    /Can't reach database server at|Connection terminated due to connection timeout|An I\/O error occurred while sending to the backend/,
  ],
  [
    'no-connection',
    /server login has been failing|pgbouncer cannot connect to server|terminating connection due to idle-in-tr/,
  ],
  ['no-connection', /Connection terminated unexpectedly|ConnectionDoesNotExistError|closed in the middle of operation/],
  ['no-connection', /failed to connect to `host=|Connection to \S{1,200} refused\. Check that the hostname/],
  ['no-connection', /Can't connect to MySQL server|MySQL server has gone away|Lost connection to MySQL server/],
  // Redis, redis-py, Jedis, Lettuce, go-redis, ioredis, node-redis, redis-rb.
  ['redis-full', /command not allowed when used memory/],
  ['redis-too-many-clients', /max number of clients reached/],
  ['redis-loading', /Redis is loading the dataset in memory/],
  ['redis-unsaved', /MISCONF |Redis is configured to save RDB snapshots, but/],
  ['redis-read-only', /You can't write against a read only (?:replica|slave)/],
  ['redis-cluster-down', /CLUSTERDOWN |MASTERDOWN |NOREPLICAS /],
  ['redis-pool-timeout', /redis\.exceptions\.(?:MaxConnectionsError|ConnectionError: (?:Too many|No) connection)/],
  [
    'redis-pool-timeout',
    /redis: connection pool (?:timeout|exhausted)|Could not get a resource (?:from|since) the pool/,
  ],
  [
    'redis-no-connection',
    /Error -?\d+ connecting to \S{1,200}:\d+\.|redis\.(?:exceptions|sentinel)\.(?:ConnectionError|TimeoutError|MasterNotFoundError)(?=: |["'\]}]*$)/,
  ],
  [
    'redis-no-connection',
    /MaxRetriesPerRequestError|Reached the max retries per request limit|SocketClosedUnexpectedlyError/,
  ],
  [
    'redis-no-connection',
    /(?:RedisConnection(?:Failure)?Exception|JedisConnectionException|RedisClient::CannotConnectError|RedisCommandTimeoutException|RedisTimeoutException|RedisException)(?=: |["'\]}]*$)/,
  ],
];

/** One of these stands in each line that a pattern fits: a search for a text is ten times as fast as one for a pattern. */
const marks = [
  ...([
    'onnect',
    'ool',
    'eadlock',
    'ECONNREFUSED',
    'statement due',
    'Lock wait',
    'database system',
    'read-only',
  ] as const),
  ...(['No space left', 'clients', 'edis', 'not allowed', 'read only', 'DOWN', 'NOREPLICAS', 'MISCONF'] as const),
  ...([
    'requests waiting',
    'MaxConnections',
    'query_wait',
    'reach database',
    'I/O error',
    'server login',
    'Master',
  ] as const),
  ...(['MySQL', 'ER_CON', 'MaxRetries', 'max retries', 'SocketClosed', 'slot', 'queue: already'] as const),
];

/** The level of a line stands near its start; a name of Redis' command INFO may stand anywhere. */
const levelWithin = 60;
const levels = /\b(?:(TRACE|DEBUG|INFO)|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|PANIC)\b/;
const calmField =
  /^(?:\S+ )?\[?(?:info|debug|trace)\]?:|"level": ?(?:"(?:info|debug|trace)"|[123]0\b)|\blevel=(?:info|debug|trace)\b/;
const denied =
  /\b(?:no|0) (?:deadlocks? detected|MISCONF|connection refused)|(?:detected|reached|exhausted|refused)[ :=]+0\b(?! ?x)/i;

/** Whether a line tells of no trouble, whatever words are in it: by its level, or as it says that there was none. */
function isCalm(line: string): boolean {
  const level = levels.exec(line.slice(0, levelWithin));
  return level?.[1] !== undefined || calmField.test(line) || denied.test(line);
}

/** A refused connection names a port: `ECONNREFUSED 127.0.0.1:6379`, `dial tcp [::1]:5432: connect: connection refused`. */
const refused = /ECONNREFUSED|[Cc]onnection refused|Connect call failed/;
const port = /(?::|', |port )(\d{2,5})\b/g;

/** Ports of stores, by which a refused connection is known to be one to them. */
export interface StorePorts {
  readonly redis: readonly number[];
  readonly postgres: readonly number[];
}

/** What a line of the server's log tells of its stores; null for nothing. */
export function troubleIn(line: string, ports: StorePorts): LogTroubleKind | null {
  const found = patterns.find(([, pattern]) => pattern.test(line));
  if (found !== undefined) return isCalm(line) ? null : found[0];
  if (!refused.test(line) || isCalm(line)) return null;
  for (const [, digits] of line.matchAll(port)) {
    if (ports.redis.includes(Number(digits))) return 'redis-no-connection';
    if (ports.postgres.includes(Number(digits))) return 'no-connection';
  }
  return null;
}

/** Whether a text of many lines may hold such a line at all: nearly none does. */
export function mayHoldTrouble(text: string): boolean {
  return marks.some((mark) => text.includes(mark));
}
