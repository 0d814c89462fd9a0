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
    'level=info msg="redis: connection pool timeout is 4s"',
    'info: a pool says "connection pool has been exhausted" when it is empty',
    'deadlock detected: 0',
    'checks: no deadlock detected',
    'max number of clients reached: 0',
    'redis 127.0.0.1:6379 connection refused=0',
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
