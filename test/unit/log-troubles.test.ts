import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogTroubleKind } from '../../contract/journal/journal.ts';
import { logTroubleTable } from '../../contract/journal/log-troubles.ts';
import { logTroubleKinds } from '../../contract/journal/store-lines.ts';
import { mayHoldTrouble, troubleIn } from '../../monitor/probes/log-troubles.ts';
import { StoreLog } from '../../monitor/stores/store-log.ts';

const ports = { redis: [6379], postgres: [5432, 3306] };

/** As clients and servers write them, from their sources and from what they printed here. */
const lines: readonly (readonly [LogTroubleKind, string])[] = [
  [
    'pool-timeout',
    'sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00 (Background on this error at: https://sqlalche.me/e/20/3o7r)',
  ],
  ['pool-timeout', 'Error: timeout exceeded when trying to connect'],
  [
    'pool-timeout',
    'java.sql.SQLTransientConnectionException: HikariPool-1 - Connection is not available, request timed out after 30001ms (total=10, active=10, idle=0, waiting=4)',
  ],
  ['pool-timeout', "psycopg_pool.PoolTimeout: couldn't get a connection after 30.00 sec"],
  ['pool-timeout', 'psycopg2.pool.PoolError: connection pool exhausted'],
  [
    'pool-timeout',
    'PrismaClientKnownRequestError: Timed out fetching a new connection from the connection pool. More info: http://pris.ly/d/connection-pool',
  ],
  [
    'pool-timeout',
    'KnexTimeoutError: Knex: Timeout acquiring a connection. The pool is probably full. Are you missing a .transacting(trx) call?',
  ],
  ['pool-timeout', 'SequelizeConnectionAcquireTimeoutError [ConnectionAcquireTimeoutError]: Operation timeout'],
  [
    'pool-timeout',
    'ActiveRecord::ConnectionTimeoutError (could not obtain a connection from the pool within 5.000 seconds (waited 5.003 seconds); all pooled connections were in use)',
  ],
  ['pool-timeout', "Npgsql.NpgsqlException: The connection pool has been exhausted, either raise 'Max Pool Size'"],
  [
    'pool-timeout',
    '(DBConnection.ConnectionError) connection not available and request was dropped from queue after 1095ms.',
  ],
  ['pool-timeout', 'Error: PoolTimedOut: pool timed out while waiting for an open connection'],
  ['pool-timeout', "psycopg_pool.TooManyRequests: the pool 'pool-1' has already 10 requests waiting"],
  ['pool-timeout', 'peewee.MaxConnectionsExceeded: Exceeded maximum connections.'],
  ['pool-timeout', 'psycopg2.errors.ProtocolViolation: ERROR: query_wait_timeout'],
  ['pool-timeout', 'r2d2: timed out waiting for connection'],
  ['no-connection', "Can't reach database server at `localhost`:`5432`"],
  ['no-connection', 'Error: Connection terminated due to connection timeout'],
  ['no-connection', 'FATAL:  server login has been failing, try again later (server_login_retry)'],
  ['no-connection', 'error: terminating connection due to idle-in-transaction timeout'],
  ['no-connection', 'org.postgresql.util.PSQLException: An I/O error occurred while sending to the backend.'],
  ['redis-pool-timeout', 'redis: connection pool exhausted'],
  ['redis-no-connection', 'redis.exceptions.TimeoutError: Timeout reading from socket'],
  ['redis-no-connection', "redis.sentinel.MasterNotFoundError: No master found for 'mymaster'"],
  ['redis-no-connection', 'io.lettuce.core.RedisCommandTimeoutException: Command timed out after 1 minute(s)'],
  ['redis-no-connection', 'StackExchange.Redis.RedisTimeoutException: Timeout performing GET (5000ms)'],
  ['redis-no-connection', 'PHP Fatal error:  Uncaught RedisException: read error on connection to 127.0.0.1:6379'],
  ['redis-too-many-clients', 'WARNING redis INFO failed: max number of clients reached'],
  ['too-many-connections', 'asyncpg.exceptions.TooManyConnectionsError: sorry, too many clients already'],
  [
    'too-many-connections',
    'psycopg.OperationalError: connection failed: FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute',
  ],
  [
    'too-many-connections',
    'psycopg2.OperationalError: connection to server at "127.0.0.1", port 5432 failed: FATAL:  sorry, too many clients already',
  ],
  ['too-many-connections', '2026-11-25 FATAL:  too many connections for role "app"'],
  ['too-many-connections', "pymysql.err.OperationalError: (1040, 'Too many connections')"],
  ['deadlock', 'asyncpg.exceptions.DeadlockDetectedError: deadlock detected'],
  ['deadlock', '2026-11-25 22:00:01.123 UTC [123] ERROR:  deadlock detected'],
  [
    'deadlock',
    "pymysql.err.OperationalError: (1213, 'Deadlock found when trying to get lock; try restarting transaction')",
  ],
  ['lock-timeout', 'ERROR:  canceling statement due to lock timeout'],
  ['lock-timeout', 'asyncpg.exceptions.QueryCanceledError: canceling statement due to statement timeout'],
  ['database-starting', 'FATAL:  the database system is starting up'],
  ['database-starting', 'asyncpg.exceptions.CannotConnectNowError: the database system is in recovery mode'],
  ['read-only', 'psycopg.errors.ReadOnlySqlTransaction: cannot execute INSERT in a read-only transaction'],
  ['disk-full', 'ERROR:  could not extend file "base/5/16384": No space left on device'],
  [
    'no-connection',
    'psycopg.OperationalError: connection failed: connection to server at "127.0.0.1", port 5433 failed: Connection refused',
  ],
  ['no-connection', 'psycopg2.OperationalError: server closed the connection unexpectedly'],
  ['no-connection', 'error: terminating connection due to administrator command'],
  ['no-connection', 'Error: Connection terminated unexpectedly'],
  ['no-connection', 'Error: connect ECONNREFUSED 127.0.0.1:5432'],
  ['no-connection', "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 5432)"],
  [
    'no-connection',
    'failed to connect to `host=localhost user=app database=app`: dial error (dial tcp 127.0.0.1:5999: connect: connection refused)',
  ],
  [
    'no-connection',
    'org.postgresql.util.PSQLException: Connection to localhost:5499 refused. Check that the hostname and port are correct',
  ],
  ['redis-full', "ReplyError: OOM command not allowed when used memory > 'maxmemory'."],
  ['redis-full', "redis.exceptions.OutOfMemoryError: command not allowed when used memory > 'maxmemory'."],
  ['redis-too-many-clients', 'redis.exceptions.ConnectionError: max number of clients reached'],
  ['redis-loading', 'redis.exceptions.BusyLoadingError: Redis is loading the dataset in memory'],
  [
    'redis-unsaved',
    'ReplyError: MISCONF Redis is configured to save RDB snapshots, but it is currently not able to persist on disk.',
  ],
  ['redis-read-only', "redis.exceptions.ReadOnlyError: You can't write against a read only replica."],
  ['redis-cluster-down', 'ReplyError: CLUSTERDOWN The cluster is down'],
  ['redis-pool-timeout', 'redis: connection pool timeout'],
  ['redis-pool-timeout', 'redis.exceptions.ConnectionError: No connection available.'],
  ['redis-pool-timeout', 'redis.clients.jedis.exceptions.JedisException: Could not get a resource from the pool'],
  [
    'redis-no-connection',
    'redis.exceptions.ConnectionError: Error 111 connecting to localhost:6390. Connection refused.',
  ],
  ['redis-no-connection', '[ioredis] Unhandled error event: Error: connect ECONNREFUSED 127.0.0.1:6379'],
  [
    'redis-no-connection',
    'MaxRetriesPerRequestError: Reached the max retries per request limit (which is 20). Refer to "maxRetriesPerRequest" option for details.',
  ],
  ['redis-no-connection', '{"level":"error","err":"dial tcp [::1]:6379: connect: connection refused"}'],
  ['redis-no-connection', 'io.lettuce.core.RedisConnectionException: Unable to connect to localhost/<unresolved>:6379'],
  ['unnamed-pool-timeout', 'ConnectionPool::TimeoutError - Waited 0.2 sec:'],
  ['unnamed-pool-timeout', 'ConnectionPool::TimeoutError (Waited 5.0 sec, 0/5 available):'],
  ['unnamed-pool-timeout', "app.rb:95:in `pop': Waited 5.0 sec (ConnectionPool::TimeoutError)"],
  ['unnamed-pool-timeout', 'TimeoutError: ResourceRequest timed out'],
  ['unnamed-pool-timeout', 'java.util.NoSuchElementException: Timeout waiting for idle object'],
  ['unnamed-pool-timeout', 'Timed out in bb8'],
  ['redis-pool-timeout', 'session store of Redis failed: ConnectionPool::TimeoutError: Waited 1 sec'],
  ['pool-timeout', 'ActiveRecord::ConnectionTimeoutError: No connection pool'],
  ['pool-timeout', 'Sequel::PoolTimeout - timeout: 5.0, elapsed: 5.001'],
  ['pool-timeout', 'psycopg_pool.PoolTimeout: pool initialization incomplete after 30.0 sec'],
  ['pool-timeout', 'Request guard `Connection < Db >` failed: Some(Get(PoolTimedOut)).'],
  ['pool-timeout', 'called `Result::unwrap()` on an `Err` value: Timeout(Wait)'],
  ['pool-timeout', 'MySqlException (0x80004005): Connect Timeout expired. All pooled connections are in use.'],
  ['pool-timeout', '(conn:-1, no: 45028, SQLState: HY000) retrieve connection from pool timeout after 10001ms'],
  ['pool-timeout', 'io.r2dbc.spi.R2dbcTimeoutException: Connection acquisition timed out after 30000ms'],
  ['pool-timeout', 'java.sql.SQLException: Sorry, acquisition timeout!'],
  [
    'too-many-connections',
    'PHP Fatal error:  Uncaught PDOException: SQLSTATE[08006] [7] connection to server at "127.0.0.1", port 21090 failed: FATAL:  sorry, too many clients already in /x.php:3',
  ],
  ['too-many-connections', 'failed to connect: server error: FATAL: desole, trop de clients (SQLSTATE 53300)'],
  ['deadlock', 'SQLSTATE[40P01]: Deadlock detected: 7 FEHLER:  Verklemmung entdeckt'],
  ['lock-timeout', 'SQLSTATE[55P03]: Lock not available: 7'],
  ['redis-pool-timeout', 'TimeoutError: Timeout waiting for a client'],
  ['database-starting', 'PDOException: SQLSTATE[57P03]: 7 FATAL'],
  ['read-only', 'ERROR: (SQLSTATE 25006)'],
  ['disk-full', 'SQLSTATE[53100]: Disk full: 7'],
  ['no-connection', 'PDOException: SQLSTATE[08006] [7] could not translate host name "db" to address'],
  ['no-connection', 'PDOException: SQLSTATE[HY000] [2002] Connection refused'],
  ['no-connection', 'Error: write CONNECT_TIMEOUT 10.0.0.5:5432'],
  ['no-connection', 'insert order: driver: bad connection'],
  ['no-connection', 'org.hibernate.exception.JDBCConnectionException: Unable to acquire JDBC Connection'],
  ['redis-pool-timeout', 'redis.clients.jedis.exceptions.JedisExhaustedPoolException: Could not get a resource'],
  [
    'redis-pool-timeout',
    'org.redisson.client.RedisTimeoutException: Unable to acquire connection! Increase connection pool size',
  ],
  ['redis-pool-timeout', 'redigo: connection pool exhausted'],
  ['redis-no-connection', 'Redis::TimeoutError - Connection timed out:'],
  [
    'redis-no-connection',
    'Redis::CannotConnectError: Error connecting to Redis on 127.0.0.1:21091 (Errno::ECONNREFUSED)',
  ],
  ['redis-no-connection', 'RedisClient::ReadTimeoutError: Waited 1.0 seconds'],
  [
    'redis-no-connection',
    'RedisConnectionException : No connection is active/available to service this operation: SET a, mc: 1/1/0, mgr: 10 of 10 available',
  ],
  [
    'redis-no-connection',
    'No connection (requires writable - not eligible for replica) is active/available to service this operation: GET a',
  ],
  ['redis-no-connection', '[object] (RedisException(code: 0): Connection refused at /app/Limiter.php:17)'],
  [
    'redis-no-connection',
    'Uncaught Predis\\Connection\\ConnectionException: Connection refused [tcp://127.0.0.1:21091]',
  ],
  ['database-locked', 'sqlite3.OperationalError: database is locked'],
  ['database-locked', '(sqlite3.OperationalError) database table is locked: orders'],
  ['database-locked', 'SqliteError: database is locked'],
  ['database-locked', '[Error: SQLITE_BUSY: database is locked] { errno: 5, code: "SQLITE_BUSY" }'],
  ['database-locked', 'insert order: database is locked (5) (SQLITE_BUSY)'],
  ['database-locked', 'SQLite3::BusyException: busy'],
  ['read-only', 'sqlite3.OperationalError: attempt to write a readonly database'],
  ['disk-full', 'sqlite3.OperationalError: database or disk is full'],
  ['no-connection', 'sqlite3.OperationalError: unable to open database file'],
  ['too-many-connections', 'PHP Fatal error:  Uncaught mysqli_sql_exception: Too many connections in /app/db.php:3'],
  [
    'too-many-connections',
    'Data source rejected establishment of connection,  message from server: "Too many connections"',
  ],
  ['redis-no-connection', '** (Redix.ConnectionError) the connection to Redis is closed'],
];

test('what clients of stores write is known, wherever it stands in a line', () => {
  for (const [kind, text] of lines) {
    for (const line of [
      text,
      `2026-11-25 22:36:38,123 ERROR [app.db] ${text}`,
      JSON.stringify({ level: 'error', message: text }),
    ]) {
      assert.equal(mayHoldTrouble(line), true, line);
      assert.equal(troubleIn(line, ports), kind, line);
    }
  }
  assert.deepEqual(
    logTroubleKinds.filter((kind) => !lines.some(([known]) => known === kind)),
    [],
  );
  assert.deepEqual(Object.keys(logTroubleTable).sort(), [...logTroubleKinds].sort());
});

test('ordinary lines of a server say nothing of its stores', () => {
  for (const line of [
    'INFO:     127.0.0.1:40012 - "POST /webhooks/hook-3 HTTP/1.1" 200 OK',
    'INFO:     connection open',
    'INFO:     connection closed',
    'Connected to Redis at redis:6379, pool size 10',
    'created a connection pool of 20 to postgres:5432',
    'pool: 3 of 10 connections in use, 0 waiting, connection timeout 30 s',
    'Redis is ready, read only replicas: 2, maxclients 10000, maxmemory 100mb, policy noeviction',
    'deadlock detection every 1 s, statement timeout 30 s, lock timeout 5 s',
    'rate limit: 10 clients, slot 3 of 16384 not allowed to burst',
    'upstream connect ECONNREFUSED 127.0.0.1:8080, will retry',
    "ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 9200)",
    'GET /search?q=too+many+connections 404',
    '2026-11-25 22:00:00,123 INFO app.redis retry on (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)',
    'retry_on_error=[redis.exceptions.ConnectionError] is set',
    'circuit breaker for JedisConnectionException is closed',
    '{"level":"info","msg":"accepted","note":"too many clients already"}',
    '{"level":30,"time":1,"msg":"deadlock detected by a test of ours"}',
    'INFO:root:handled DeadlockDetectedError by retry, ok',
    'retried on ConnectionPool::TimeoutError and Redis::TimeoutError, 3 times at most',
    'Sidekiq: retry_on Redis::TimeoutError (3 times), Sequel::PoolTimeout (5 times)',
    '5/5 available, waited 0.2 sec for the first',
    'pool of bb8: 10 connections, timed out after 30 s, acquisition timeout 5 s',
    'R2DBC: connection acquisition timeout 30000ms, max 10; JDBC Connection acquired',
    'SQLSTATE[00000]: no error',
    // Whose client left: its context was canceled.
    'canceling statement due to user request (SQLSTATE 57014)',
    'HY000 is mapped to SQLSTATE class 08, 53300 rows',
    'processed order 40P01 after 57014 ms; sqlState: none',
    'CONNECT_TIMEOUT is 30 s, write buffer 16 kB',
    'driver: connection ok; 3 of 3 available to service this operation',
    'Connecting to Redis on 127.0.0.1:21091 with Predis',
    'Connection pools of Redisson: 24, timeout 3000 ms; all pooled connections: 10, in use: 3',
    'Timeout waiting for jobs is 30 s; Timeout(Connect) is set',
    'level=info msg="redis: connection pool timeout is 4s"',
    'info: a pool says "connection pool has been exhausted" when it is empty',
    'deadlock detected: 0',
    'checks: no deadlock detected',
    'max number of clients reached: 0',
    'redis 127.0.0.1:6379 connection refused=0',
    'SQLITE_BUSY_TIMEOUT is 5000 ms, journal_mode wal, locking_mode normal',
    'retried on SQLite3::BusyException, 3 times at most',
    'opened the database file orders.db, 3 MB; the disk is 40 % full',
    'INFO the account 7 is locked; database is locked is tried again',
  ]) {
    assert.equal(troubleIn(line, ports), null, line);
  }
});

test('lines are counted by kind between two looks, whole lines alone; the ports of the URLs are known', () => {
  const log = new StoreLog({ redis: 'redis://:x@db:7001/0', postgres: null });
  log.read('a line\nReplyError: OOM command not allowed when used memory\nanother\n');
  log.read('Error: connect ECONNREFUSED 10.0.0.1:7001\nReplyError: OOM command not allowed when used memory\n');
  assert.deepEqual(log.taken(5), [
    { atUs: 5, trouble: 'redis-full', lines: 2 },
    { atUs: 5, trouble: 'redis-no-connection', lines: 1 },
  ]);
  assert.deepEqual(log.taken(6), []);
});
