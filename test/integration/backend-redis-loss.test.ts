import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Backend,
  countBy,
  createWebhook,
  distinctSignals,
  processedIds,
  readPage,
  send,
  sendAtOnce,
  signal,
  verdictOf,
  type WebhookAccess,
  withBackend,
} from '../fixtures/backend.ts';
import { startPostgres, startRedis } from '../fixtures/servers.ts';

const limit = 10;
const [redis, postgres, redisUnderLoad, postgresUnderLoad] = await Promise.all([
  startRedis(),
  startPostgres(),
  startRedis(),
  startPostgres(),
]);
const both = { BACKEND_REDIS_URL: redis.url, BACKEND_POSTGRES_URL: postgres.url };
const bothUnderLoad = { BACKEND_REDIS_URL: redisUnderLoad.url, BACKEND_POSTGRES_URL: postgresUnderLoad.url };
after(() => Promise.all([redis, postgres, redisUnderLoad, postgresUnderLoad].map((server) => server.stop())));

const longWindow = ['--window-ms', '600000', '--ttl-ms', '600000'];
const verdictOfOne = async (backend: Backend, webhook: WebhookAccess, id: string) =>
  verdictOf(await send(backend, webhook, signal(id)));

/** Fills a webhook's quota, takes Redis away, and measures; Redis is back afterwards, empty. */
function afterLoss<T>(
  faults: readonly string[],
  measure: (backend: Backend, webhook: WebhookAccess) => Promise<T>,
): Promise<T> {
  return withBackend(
    [...longWindow, ...faults.flatMap((fault) => ['--fault', fault])],
    async (backend) => {
      const webhook = await createWebhook(backend);
      assert.deepEqual(await sendAtOnce(backend, webhook, distinctSignals(limit, 'fill')), { accepted: limit });
      await redis.crash();
      try {
        return await measure(backend, webhook);
      } finally {
        await redis.restart();
      }
    },
    both,
  );
}

describe('Redis is lost in mid-run', { concurrency: 2 }, () => {
  // One Redis and one PostgreSQL for both.
  describe('once', { concurrency: 1 }, () => {
    test('PostgreSQL keeps limit and keys, also while Redis is back with an empty memory', async () => {
      await afterLoss([], async (backend, webhook) => {
        const holds = async (when: string) => {
          assert.deepEqual(await sendAtOnce(backend, webhook, distinctSignals(20, when)), { limited: 20 }, when);
          assert.equal(await verdictOfOne(backend, webhook, 'fill3'), 'duplicate', when);
          const other = await createWebhook(backend);
          assert.deepEqual(await sendAtOnce(backend, other, Array(20).fill(signal('same'))), {
            accepted: 1,
            duplicate: 19,
          });
          assert.deepEqual(await sendAtOnce(backend, other, distinctSignals(20)), { accepted: limit - 1, limited: 11 });
          assert.equal((await readPage(backend, other)).total, limit);
        };
        await holds('without Redis');
        await redis.restart();
        await holds('at its return');
        await sleep(2500);
        await holds('with an empty Redis');
        assert.equal((await processedIds(backend, webhook)).length, limit);
        assert.doesNotMatch(backend.log(), /died/);
      });
    });

    test('its faults fail open, fail closed, or forget', async () => {
      const of30 = async (backend: Backend, webhook: WebhookAccess) =>
        (await sendAtOnce(backend, webhook, distinctSignals(30))).accepted ?? 0;
      assert.equal(await afterLoss(['redis-loss-open'], of30), 30);
      const forgotten = await afterLoss(['redis-loss-forgets'], of30);
      assert.ok(forgotten >= limit && forgotten <= 2 * limit, `admitted ${forgotten}`);
      const onAnother = async (backend: Backend) => of30(backend, await createWebhook(backend));
      assert.equal(await afterLoss(['redis-loss-closed'], onAnother), 0);
    });
  });

  test('under load over loss and return: no window with more than the limit, nothing lost, nothing twice, nothing failed', async () => {
    const windowMs = 500;
    const args = ['--window-ms', `${windowMs}`, '--ttl-ms', '2000'];
    await withBackend(
      args,
      async (backend) => {
        const webhook = await createWebhook(backend);
        const answers: {
          readonly id: string;
          readonly verdict: string;
          readonly sentMs: number;
          readonly endMs: number;
        }[] = [];
        let loading = true;
        let last = 0;
        async function sendSteadily(): Promise<void> {
          while (loading) {
            last += 1;
            // Each signal twice in a row, by two senders at about the same time.
            const id = `s${Math.floor(last / 2)}`;
            const sentMs = performance.now();
            const verdict = await verdictOfOne(backend, webhook, id);
            answers.push({ id, verdict, sentMs, endMs: performance.now() });
            await sleep(15);
          }
        }
        const load = Promise.all(Array.from({ length: 4 }, sendSteadily));
        for (let round = 0; round < 2; round += 1) {
          await sleep(700);
          await redisUnderLoad.crash();
          await sleep(700);
          await redisUnderLoad.restart();
          await sleep(1500);
        }
        await sleep(3000);
        loading = false;
        await load;

        const verdicts = countBy(answers.map(({ verdict }) => verdict));
        assert.deepEqual(Object.keys(verdicts).sort(), ['accepted', 'duplicate', 'limited'], JSON.stringify(verdicts));
        const accepted = answers.filter(({ verdict }) => verdict === 'accepted');
        assert.ok(accepted.length >= 10 * limit, `admitted ${accepted.length}`);
        for (const { sentMs } of accepted) {
          const within = accepted.filter((other) => other.sentMs >= sentMs && other.endMs < sentMs + windowMs);
          assert.ok(within.length <= limit, `${within.length} admitted within ${windowMs} ms`);
        }
        const { signals, total } = await readPage(backend, webhook);
        assert.deepEqual(signals.map(({ signal_id }) => signal_id).sort(), accepted.map(({ id }) => id).sort());
        assert.equal(new Set(accepted.map(({ id }) => id)).size, accepted.length);
        assert.equal(total, accepted.length);
      },
      bothUnderLoad,
    );
  });
});
