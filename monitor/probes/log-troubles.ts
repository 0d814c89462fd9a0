import type { LogTroubleKind } from '../../contract/journal/journal.ts';

/** Errors of these classes as Ruby, Rails, Sinatra and Python write them: with a text. A name alone is one of a setting, or of a test. */
function raised(classes: string): RegExp {
  return new RegExp(`\\b(?:${classes})(?=: | - | \\((?!\\d))|:in [\`'][^\\n]{1,300} \\((?:${classes})\\)`);
}

/** `SQLSTATE[53300]`, `(SQLSTATE 53300)`, `sqlState: '53300'`. */
function sqlState(states: string): RegExp {
  return new RegExp(`(?:SQLSTATE|sqlState|sqlstate)[\\[ =:'"]{1,4}(?:${states})\\b`);
}

/**
 * What clients of databases and Redis write when they got no connection, or an error that says something about the store. Each pattern is
 * a fixed text of a client or server, long enough not to stand in ordinary prose.
 */
const patterns: readonly (readonly [LogTroubleKind, RegExp])[] = [
  // A pool of any thing: Ruby's connection_pool, node's generic-pool, Commons Pool, bb8. Those of Redis are told by its name in the line.
  ['unnamed-pool-timeout', raised('ConnectionPool::TimeoutError')],
  [
    'unnamed-pool-timeout',
    /\bWaited [\d.]+ sec, \d+\/\d+ available|TimeoutError: ResourceRequest timed out|Timeout waiting for idle object|Timed out in bb8/,
  ],
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
  // ActiveRecord, Sequel, psycopg_pool, sqlx and deadpool by their names; MySqlConnector, MariaDB's for Node, R2DBC, Agroal.
  ['pool-timeout', raised('ActiveRecord::ConnectionTimeoutError|Sequel::PoolTimeout|psycopg_pool\\.PoolTimeout')],
  ['pool-timeout', /\bPoolTimedOut\b(?! ?=> )|\bTimeout\(Wait\)|All pooled connections are in use/],
  [
    'pool-timeout',
    /retrieve connection from pool timeout after \d+ ?ms|R2dbcTimeoutException: Connection acquisition timed out|Sorry, acquisition timeout!/,
  ],
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
  // PDO and pgx put the state beside the text, which may be in another language: https://www.postgresql.org/docs/current/errcodes-appendix.html
  ['too-many-connections', sqlState('53300')],
  ['deadlock', sqlState('40P01')],
  ['lock-timeout', sqlState('55P03')],
  ['database-starting', sqlState('57P03')],
  ['read-only', sqlState('25006')],
  ['disk-full', sqlState('53100')],
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
  // PDO, postgres.js, database/sql, JDBC by way of Spring and Hibernate.
  ['no-connection', sqlState('08(?:001|003|004|006)|57P0[12]')],
  ['no-connection', /SQLSTATE\[HY000\] \[200[2-6]\]|write CONNECT(?:_TIMEOUT|ION_CLOSED|ION_DESTROYED) \S{1,200}:\d/],
  [
    'no-connection',
    /\bdriver: bad connection|CannotGetJdbcConnectionException: |JDBCConnectionException: |Unable to acquire JDBC Connection/,
  ],
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
    /(?:redis|redigo): connection pool (?:timeout|exhausted)|Could not get a resource (?:from|since) the pool/,
  ],
  // Jedis, Redisson, node-redis.
  [
    'redis-pool-timeout',
    /JedisExhaustedPoolException: |RedisTimeoutException: Unable to acquire connection!|TimeoutError: Timeout waiting for a client["'\]}]*$/,
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
  // redis-rb, StackExchange.Redis, phpredis in Laravel, Predis, Redix.
  [
    'redis-no-connection',
    raised(
      'Redis::(?:TimeoutError|CannotConnectError|ConnectionError)|RedisClient::(?:CannotConnect|Connection|ConnectTimeout|ReadTimeout|WriteTimeout|Timeout)Error',
    ),
  ],
  [
    'redis-no-connection',
    /Error connecting to Redis on \S|No connection (?:\([^)]{1,100}\) )?is (?:active\/)?available to service this operation|RedisException\(code: \d|Predis\\+Connection\\+ConnectionException|\(Redix\.ConnectionError\)/,
  ],
  // SQLite, as sqlite3 of Python, better-sqlite3, node-sqlite3, go-sqlite3, modernc, rusqlite, sqlx and sqlite3-ruby pass its texts on.
  ['database-locked', /\bdatabase (?:table |schema )?is locked\b/],
  ['database-locked', raised('SQLite3::(?:Busy|Locked)Exception')],
  ['read-only', /attempt to write a readonly database/],
  ['disk-full', /database or disk is full/],
  ['no-connection', /unable to open database file/],
  // mysqli and MySQL's JDBC driver.
  [
    'too-many-connections',
    /mysqli_sql_exception: Too many connections|message from server: \W{0,3}Too many connections/,
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
  ...(['SQLSTATE', 'sqlState', 'sqlstate', 'CONNECT', 'Waited ', 'bb8', 'Timeout(Wait', 'Timeout waiting'] as const),
  ...(['is locked', 'SQLite3::', 'readonly database', 'disk is full', 'database file'] as const),
  ...(['acquisition time', 'ResourceRequest', 'JDBC'] as const),
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
  if (found !== undefined && isCalm(line)) return null;
  if (found !== undefined)
    return found[0] === 'unnamed-pool-timeout' && /redis/i.test(line) ? 'redis-pool-timeout' : found[0];
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
