import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { Redis } from 'ioredis';
import * as z from 'zod';
import {
  type Backend,
  call,
  createWebhook,
  eventually,
  health,
  processedIds,
  send,
  sendAtOnce,
  signal,
  startBackend,
  verdictOf,
} from '../fixtures/backend.ts';
import { startPostgres, startRedis } from '../fixtures/servers.ts';
import { behaviors } from './backend-behaviors.ts';

const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
const both = { BACKEND_REDIS_URL: redis.url, BACKEND_POSTGRES_URL: postgres.url };
after(() => Promise.all([redis.stop(), postgres.stop()]));

const redisStats = z.object({
  connected_clients: z.number().positive(),
  used_memory_bytes: z.number().positive(),
  errors: z.number(),
  ping_ms: z.number().positive(),
});
const databaseStats = z.object({
  pool_size: z.number(),
  in_use: z.number(),
  idle: z.number(),
  waiting: z.number(),
  errors: z.number(),
  query_ms: z.number().positive(),
});

const stats = (backend: Backend, of: 'redis' | 'database') => call(backend, 'GET', `/api/v1/monitoring/${of}/stats`);

describe('with Redis and PostgreSQL', async () => {
  const backend = await startBackend([], both);
  after(() => backend.stop());

  describe('promises', { concurrency: 5 }, () => {
    for (const { name, holds } of behaviors) test(name, () => holds(backend));
  });

  test('tells how both are', async () => {
    const redisAnswer = await stats(backend, 'redis');
    assert.equal(redisAnswer.status, 200);
    assert.equal(redisStats.parse(redisAnswer.body).errors, 0);
    await eventually('the pools of both workers', async () => {
      const answer = await stats(backend, 'database');
      assert.equal(answer.status, 200);
      const pool = databaseStats.parse(answer.body);
      assert.equal(pool.errors, 0);
      assert.ok(pool.in_use + pool.idle <= pool.pool_size);
      return pool.pool_size === 20;
    });
  });

  test('leaves no key in Redis without an expiry', async () => {
    const webhook = await createWebhook(backend);
    await sendAtOnce(backend, webhook, [signal('a'), signal('b')]);
    const [, keys, expires] = /keys=(\d+),expires=(\d+)/.exec(await keyspace(redis.url)) ?? [];
    assert.ok(Number(keys) >= 3);
    assert.equal(expires, keys);
  });
});

for (const [name, env] of [
  ['Redis alone', { BACKEND_REDIS_URL: redis.url }],
  ['PostgreSQL alone', { BACKEND_POSTGRES_URL: postgres.url }],
] as const) {
  test(`${name}: the supervisor keeps the other part`, async () => {
    const backend = await startBackend(['--window-ms', '60000', '--ttl-ms', '60000', '--workers', '3'], env);
    try {
      const webhook = await createWebhook(backend);
      const same = await sendAtOnce(backend, webhook, Array(50).fill(signal('same')));
      assert.deepEqual(same, { accepted: 1, duplicate: 49 });
      const others = Array.from({ length: 30 }, (_, n) => signal(`other-${n}`));
      assert.deepEqual(await sendAtOnce(backend, webhook, others), { accepted: 9, limited: 21 });
      assert.equal(new Set(await processedIds(backend, webhook)).size, 10);
    } finally {
      await backend.stop();
    }
  });
}

test('a second start begins afresh', async () => {
  const args = ['--window-ms', '60000', '--ttl-ms', '60000', '--limit', '1'];
  for (const start of ['first', 'second']) {
    const backend = await startBackend(args, both);
    try {
      const webhook = await createWebhook(backend);
      assert.equal(verdictOf(await send(backend, webhook, signal('same'))), 'accepted', start);
      assert.deepEqual(await processedIds(backend, webhook), ['same']);
    } finally {
      await backend.stop();
    }
  }
});

test('PostgreSQL crashes and comes back: failures are told, claims given back, no worker dies', async () => {
  const backend = await startBackend(['--limit', '3', '--window-ms', '600000', '--ttl-ms', '600000'], both);
  let up = true;
  try {
    const webhook = await createWebhook(backend);
    // Each worker looks the webhook up once: afterwards failures are those of storing.
    await Promise.all(Array.from({ length: 12 }, () => send(backend, webhook, signal('before'))));
    await postgres.crash();
    up = false;

    // More than the limit has room for: each failure gives its place back.
    const lost = ['lost-1', 'lost-2', 'lost-3', 'lost-4'];
    for (const id of lost) assert.equal(verdictOf(await send(backend, webhook, signal(id))), '503');
    const answer = await stats(backend, 'database');
    assert.equal(answer.status, 503);
    assert.match(z.object({ error: z.string() }).parse(answer.body).error, /^PostgreSQL: /);
    assert.equal((await stats(backend, 'redis')).status, 200);
    assert.deepEqual(await health(backend).then(({ status, workers }) => [status, workers]), ['healthy', 2]);

    await postgres.restart();
    up = true;
    await eventually('a worker to tell of PostgreSQL and its errors', async () => {
      const { status, body } = await stats(backend, 'database');
      return status === 200 && databaseStats.parse(body).errors >= 3;
    });
    // Only keys and places that were given back can be had again within ten minutes.
    const again = await sendAtOnce(
      backend,
      webhook,
      lost.map((id) => signal(id)),
    );
    assert.deepEqual(again, { accepted: 2, limited: 2 });
    assert.equal((await processedIds(backend, webhook)).length, 3);
    assert.doesNotMatch(backend.log(), /died/);
    assert.match(backend.log(), /error PostgreSQL: /);
  } finally {
    if (!up) await postgres.restart();
    await backend.stop();
  }
});

test('Redis alone crashes, hangs and comes back: failures are told in time, no worker dies', async () => {
  const backend = await startBackend([], { BACKEND_REDIS_URL: redis.url });
  try {
    const webhook = await createWebhook(backend);
    assert.equal(verdictOf(await send(backend, webhook, signal('before'))), 'accepted');

    await redis.crash();
    assert.equal(verdictOf(await send(backend, webhook, signal('crashed'))), '503');
    assert.equal((await stats(backend, 'redis')).status, 503);
    assert.equal((await health(backend)).status, 'healthy');
    await redis.restart();
    // Each worker connects again by itself.
    await eventually('a worker to tell of Redis and its errors', async () => {
      const { status, body } = await stats(backend, 'redis');
      return status === 200 && redisStats.parse(body).errors >= 1;
    });

    process.kill(redis.pid, 'SIGSTOP');
    const [hung, hungStats] = await Promise.all([
      send(backend, webhook, signal('hung')),
      stats(backend, 'redis'),
    ]).finally(() => process.kill(redis.pid, 'SIGCONT'));
    assert.deepEqual([hung.status, hungStats.status], [503, 503]);

    await eventually('a signal to be accepted again', async () => {
      const verdict = verdictOf(await send(backend, webhook, signal('after')));
      return verdict === 'accepted';
    });
    assert.deepEqual(
      (await processedIds(backend, webhook)).filter((id) => id !== 'after'),
      ['before'],
    );
    assert.doesNotMatch(backend.log(), /died/);
  } finally {
    await backend.stop();
  }
});

async function keyspace(url: string): Promise<string> {
  const client = new Redis(url);
  try {
    return await client.info('keyspace');
  } finally {
    client.disconnect();
  }
}
