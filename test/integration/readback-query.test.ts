import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Redis } from 'ioredis';
import pg from 'pg';
import { postgresRows } from '../../cli/run/postgres-rows.ts';
import { redisRows } from '../../cli/run/redis-rows.ts';
import { startPostgres, startRedis, type TestServer } from '../fixtures/servers.ts';

const limits = { id: 'id', timeoutMs: 5000, maxRows: 100 };

function failure(read: { failed: string } | { rows: readonly unknown[] }): string {
  return 'failed' in read ? read.failed : `no failure, but ${read.rows.length} rows`;
}

describe('a read-back asks PostgreSQL', () => {
  let server: TestServer;
  const asked = (query: string, changes = {}) => postgresRows(server.url, { query, ...limits, ...changes }, 'k1');

  before(async () => {
    server = await startPostgres();
    const client = new pg.Client(server.url);
    await client.connect();
    await client.query(
      `CREATE TABLE signals (id text, at timestamptz);
       INSERT INTO signals VALUES ('k1-a1', '2025-11-24T16:00:00.5Z'), ('k2-a1', now());
       CREATE FUNCTION forget() RETURNS text LANGUAGE sql AS 'DELETE FROM signals RETURNING id'`,
    );
    await client.end();
  });
  after(() => server.stop());

  test('rows come with their columns, and $1 is the run tag', async () => {
    assert.deepEqual(await asked(`SELECT id, at FROM signals WHERE id LIKE $1 || '-%';`), {
      rows: [{ id: 'k1-a1', at: new Date('2025-11-24T16:00:00.5Z') }],
    });
    assert.deepEqual(await asked('SELECT id FROM signals ORDER BY id -- the last'), {
      rows: [{ id: 'k1-a1' }, { id: 'k2-a1' }],
    });
  });

  test('nothing can be changed, nothing takes longer, nothing is larger than allowed', async () => {
    assert.match(failure(await asked('SELECT forget() AS id')), /read-only transaction/);
    assert.match(failure(await asked('DELETE FROM signals RETURNING id')), /syntax error/);
    assert.match(failure(await asked('SELECT 1) AS x; DELETE FROM signals; SELECT (1')), /PostgreSQL says|could not/);
    const started = failure(await asked('SELECT pg_sleep(60)::text AS id', { timeoutMs: 200 }));
    assert.match(started, /statement timeout/);
    assert.match(failure(await asked('SELECT generate_series(1, 101) AS id')), /more than 100 rows/);
    assert.deepEqual(await asked('SELECT count(*)::int AS id FROM signals'), { rows: [{ id: 2 }] });
  });

  test('a store that is not there is told without its URL', async () => {
    const url = 'postgres://canary-user:canary-password@127.0.0.1:1/canary-name';
    const told = failure(await postgresRows(url, { query: 'SELECT 1', ...limits }, 'k1'));
    assert.match(
      told,
      /could not be asked \(connection refused: nobody listens \(ECONNREFUSED\)\): see READBACK_POSTGRES_URL/,
    );
    assert.doesNotMatch(told, /canary/);
  });
});

describe('a read-back asks Redis', () => {
  let server: TestServer;
  const asked = (query: readonly string[], changes = {}) =>
    redisRows(server.url, { query: [...query], ...limits, ...changes }, 'k1');

  before(async () => {
    server = await startRedis();
    const redis = new Redis(server.url);
    await redis.rpush('done:k1', 'k1-a1', '{"id":"k1-a2"}');
    await redis.sadd('set', 'k1-a1');
    await redis.zadd('scored', 1_764_000_000, 'k1-a1');
    await redis.xadd('stream', '1764000000123-0', 'id', 'k1-a1');
    await redis.hset('hash', 'k1-a1', 'done');
    redis.disconnect();
  });
  after(() => server.stop());

  test('lists, sets, sorted sets, streams and hashes', async () => {
    assert.deepEqual(await asked(['LRANGE', 'done:{runTag}', '0', '-1']), { rows: [{ id: 'k1-a1' }, { id: 'k1-a2' }] });
    assert.deepEqual(await asked(['SMEMBERS', 'set']), { rows: [{ id: 'k1-a1' }] });
    assert.deepEqual(await asked(['zrange', 'scored', '0', '-1', 'withscores']), {
      rows: [{ score: '1764000000', id: 'k1-a1' }],
    });
    assert.deepEqual(await asked(['XRANGE', 'stream', '-', '+']), { rows: [{ entry: '1764000000123', id: 'k1-a1' }] });
    assert.deepEqual(await asked(['HGETALL', 'hash']), { rows: [{ id: 'k1-a1', value: 'done' }] });
    assert.deepEqual(await asked(['SMEMBERS', 'nothing']), { rows: [] });
  });

  test('another kind of key, too many elements, a command that writes, a store that is not there', async () => {
    assert.match(failure(await asked(['SMEMBERS', 'done:k1'])), /WRONGTYPE/);
    assert.match(failure(await asked(['LRANGE', 'done:k1', '0', '-1'], { maxRows: 1 })), /2 elements, more than/);
    assert.match(failure(await asked(['DEL', 'set'])), /not a command that only reads/);
    const url = 'redis://canary-user:canary-password@127.0.0.1:1';
    const told = failure(await redisRows(url, { query: ['SMEMBERS', 'set'], ...limits }, 'k1'));
    assert.match(
      told,
      /could not be asked \(connection refused: nobody listens \(ECONNREFUSED\)\): see READBACK_REDIS_URL/,
    );
    assert.doesNotMatch(told, /canary/);
  });
});
