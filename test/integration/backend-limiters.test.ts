import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Faults } from '../../backend/faults.ts';
import type { BackendSettings } from '../../backend/settings.ts';
import { admissionRules } from '../../backend/store/admission-rules.ts';
import { type LimiterName, limiterNames } from '../../backend/store/limiters/limiter.ts';
import { MemoryAdmission } from '../../backend/store/memory-admission.ts';
import { RedisAdmission, timeouts } from '../../backend/store/redis-admission.ts';
import type { Admission } from '../../backend/store/store.ts';
import { startRedis } from '../fixtures/servers.ts';

const redis = await startRedis();
after(() => redis.stop());

const [limit, burst, windowMs] = [4, 6, 1200];
/** A third of a token's time is left to a slow machine, and waited for. */
const maxSlowMs = windowMs / limit / 3;
const slackMs = maxSlowMs + 10;

async function admissionsOf(limiter: LimiterName): Promise<{ memory: Admission; redis: RedisAdmission }> {
  const settings: BackendSettings = {
    ...{ host: '127.0.0.1', port: 0, workers: 1, limiter, limit, windowMs, burst, ttlMs: 100, limiterFirst: false },
    ...{ keysOf: 'webhook' as const },
    ...{
      redisUrl: redis.url,
      postgresUrl: null,
      keepData: false,
      email: '',
      password: '',
      secondLogin: null,
      signature: null,
      faults: {},
    },
    ...{ further: [], penaltyMs: 0, penaltyProlonged: false },
  };
  const rules = admissionRules(settings, new Faults({}));
  const worker = { ...settings, signingKey: '', redisPrefix: `test:${limiter}` };
  const onError = (message: string) => assert.fail(message);
  return {
    memory: new MemoryAdmission(rules),
    redis: await RedisAdmission.open(redis.url, { settings: worker, rules, timeouts: timeouts.alone, onError }),
  };
}

let lastId = 0;
/** Distinct claims at once: how many are admitted, and the shortest wait of those that are not. */
async function claim(admission: Admission, count: number): Promise<{ admitted: number; waitMs: number }> {
  const decisions = await Promise.all(
    Array.from({ length: count }, () => {
      lastId += 1;
      return admission.claim({ keyScope: 'w', key: `k${lastId}`, quota: 'w', id: `i${lastId}` });
    }),
  );
  const waits = decisions.flatMap((decision) => (decision.status === 'limited' ? [decision.retryAfterMs] : []));
  return { admitted: count - waits.length, waitMs: Math.min(...waits) };
}

/** How many 30 claims at once find room, and, when the promised wait is over, how many of 30 more do. */
const rooms: Readonly<Record<LimiterName, readonly [number, number]>> = {
  sliding: [limit, limit],
  fixed: [limit, limit],
  'fixed-from-first-hit': [limit, limit],
  weighted: [limit, 1],
  'token-bucket': [burst, 1],
  'leaky-bucket': [burst, 1],
  'stepped-bucket': [burst, limit],
  none: [30, 30],
};

describe('each kind admits what it promises, when it promises it, in memory and in Redis', { concurrency: 6 }, () => {
  for (const name of limiterNames) {
    test(name, async () => {
      const { memory, redis } = await admissionsOf(name);
      try {
        for (const admission of [memory, redis]) {
          await inTime(async () => {
            // A fixed window's edge may come between: begin just after one, and with every place free.
            if (name !== 'none') await sleep((await claim(admission, 30)).waitMs + 2 * windowMs + slackMs);
            const startMs = performance.now();
            const first = await claim(admission, 30);
            const again = await claim(admission, 30);
            if (performance.now() - startMs > maxSlowMs) return false;
            if (name === 'none') {
              assert.deepEqual([first.admitted, again.admitted], rooms[name]);
              return true;
            }
            assert.deepEqual([first.admitted, again.admitted], [rooms[name][0], 0]);
            await sleep(again.waitMs + slackMs);
            const onTimeMs = performance.now();
            const later = await claim(admission, 30);
            if (performance.now() - onTimeMs > maxSlowMs) return false;
            assert.ok(later.admitted >= 1);
            if (onTimeMs - startMs > again.waitMs + 2 * maxSlowMs) return false;
            assert.equal(later.admitted, rooms[name][1]);
            return true;
          });
        }
      } finally {
        await redis.close();
      }
    });
  }
});

async function inTime(attempt: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 5; tries += 1) {
    if (await attempt()) return;
  }
  assert.fail('this machine was too slow five times in a row');
}
