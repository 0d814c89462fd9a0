import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { startRedis, type TestServer } from '../fixtures/servers.ts';
import { startRedisKeysServer } from '../third-party/servers.ts';
import {
  assertToldInTime,
  assertWentOn,
  type Episode,
  episode,
  type Happening,
  happens,
  lasts,
} from './store-episode.ts';
import { assertJudged } from './stress.ts';

const ttlMs = 1000;

interface Case {
  readonly scenario: 'sustained' | 'idempotency';
  readonly act: (admin: Redis) => Promise<readonly Happening[]>;
}

/** A server that keeps its keys in a Redis of its own, to which something happens under load. */
async function withRedis({ scenario, act }: Case): Promise<Episode> {
  const redis = await startRedis();
  const admin = new Redis(redis.url);
  let server: TestServer | null = null;
  try {
    server = await startRedisKeysServer(redis.port, ttlMs);
    return await episode({
      scenario,
      args: ['--pid', String(server.pid)],
      afterSignals: scenario === 'sustained' ? 100 : 5,
      env: {
        BASE_URL: server.url,
        STRESS_PROFILE: join(import.meta.dirname, '..', 'third-party', 'redis-keys.config.json'),
        WEBHOOK_TOKEN: Array.from({ length: 20 }, (_, n) => `hook-${n}`).join(','),
        MONITOR_REDIS_URL: redis.url,
        MAX_RATE: '60',
      },
      act: () => act(admin),
    });
  } finally {
    admin.disconnect();
    await server?.stop();
    await redis.stop();
  }
}

/** Redis answers nothing else meanwhile. */
const holding = `local function now() local t = redis.call('TIME') return t[1] * 1000 + t[2] / 1000 end
  local start = now() while now() - start < tonumber(ARGV[1]) do end return 1`;
const held = (admin: Redis, ms: number): Promise<Happening> => happens(() => admin.eval(holding, 0, ms));
const paused = (admin: Redis, ms: number): Promise<Happening> =>
  lasts(
    ms,
    () => admin.call('CLIENT', 'PAUSE', ms, 'ALL'),
    () => admin.ping(),
  );

/** From now on it may hold so much more than it does. */
async function limited(admin: Redis, bytes: number, policy: 'noeviction' | 'allkeys-lru'): Promise<void> {
  await admin.config('SET', 'maxmemory-policy', policy);
  const used = Number(/used_memory:(\d+)/.exec(await admin.info('memory'))?.[1]);
  await admin.config('SET', 'maxmemory', String(used + bytes));
}
const unlimited = (admin: Redis) => admin.config('SET', 'maxmemory', '0');

/** Writes of another program, each of which stays. */
async function othersWrite(admin: Redis, count: number, bytes: number): Promise<void> {
  for (let n = 0; n < count; n += 1) {
    await Promise.all([1, 2, 3].map((k) => admin.set(`other-${n}-${k}`, 'x'.repeat(bytes)).catch(() => {})));
    await sleep(100);
  }
}

describe('a real Redis in trouble under load: which one, when, and the monitor goes on', { concurrency: 2 }, () => {
  test('slowed: by a pause, then by a script', async () => {
    const run = await withRedis({
      scenario: 'sustained',
      act: async (admin) => {
        const pause = await paused(admin, 1500);
        await sleep(1500);
        return [pause, await held(admin, 1300)];
      },
    });
    const [pause, script] = run.happenings;
    assert.ok(pause !== undefined && script !== undefined);
    assert.equal(run.finding.status, 'fail', run.told);
    assert.match(run.finding.summary, /it was held by one command for \d{4} ms \(SLOWLOG\)/);
    assertToldInTime(run, 'redis', /answered PING after \d+ ms/, pause);
    assertToldInTime(run, 'redis', /was held by one command for \d{4} ms .*\(EVAL\)/, script);
    assertWentOn(run, 'redis');
    assertJudged(run, 'exactly-once', 'pass');
    assertJudged(run, 'any-response', 'fail');
  });

  test('full: the writes that it refuses fail, and the server answers with errors until there is room', async () => {
    const run = await withRedis({
      scenario: 'sustained',
      act: async (admin) => [
        await lasts(
          2000,
          () => limited(admin, -100_000, 'noeviction'),
          () => unlimited(admin),
        ),
      ],
    });
    const [full] = run.happenings;
    assert.ok(full !== undefined);
    assert.equal(run.finding.status, 'fail', run.told);
    assert.match(run.finding.summary, /Redis: it refused \d+ writes because its memory is full/);
    assertToldInTime(run, 'redis', /refused \d+ writes because its memory is full/, full);
    assertWentOn(run, 'redis');
    assertJudged(run, 'success-rate', 'fail');
    assertJudged(run, 'exactly-once', 'pass');
  });

  test('full, and evicting: lost idempotency keys let repeats through', async () => {
    const run = await withRedis({
      scenario: 'idempotency',
      act: async (admin) => {
        await limited(admin, 200_000, 'allkeys-lru');
        const evicting = await happens(() => othersWrite(admin, 30, 50_000));
        await unlimited(admin);
        return [evicting];
      },
    });
    const [evicting] = run.happenings;
    assert.ok(evicting !== undefined);
    assert.equal(run.finding.status, 'fail', run.told);
    assertToldInTime(run, 'redis', /evicted \d+ keys \(the profile says that it holds state/, evicting);
    assertWentOn(run, 'redis');
    const once = assertJudged(run, 'exactly-once', 'fail');
    if (once === null) return;
    assert.match(once.summary, /; Redis evicted \d+ keys meanwhile, which may be why$/);
    assert.match(once.advice[0] ?? '', /^lost keys: a store that sweeps, evicts/);
  });

  for (const scenario of ['sustained', 'idempotency'] as const) {
    test(`the same in a measure that harms nobody, in ${scenario}: it passes`, async () => {
      const run = await withRedis({
        scenario,
        act: async (admin) => {
          await limited(admin, 50_000_000, 'allkeys-lru');
          await paused(admin, 50);
          await held(admin, 50);
          await othersWrite(admin, 10, 50_000);
          await limited(admin, 50_000_000, 'noeviction');
          return [await happens(() => othersWrite(admin, 10, 50_000))];
        },
      });
      for (const criterion of ['database-and-redis', 'exactly-once', 'success-rate', 'worker-crashes'] as const) {
        assertJudged(run, criterion, 'pass');
      }
      assertWentOn(run, 'redis');
    });
  }
});
