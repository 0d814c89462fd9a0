import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Backend,
  createWebhook,
  processedIds,
  rssBytes,
  send,
  sendAtOnce,
  signal,
  startBackend,
  verdictOf,
  withBackend,
  workersReady,
} from '../fixtures/backend.ts';
import { startPostgres, startRedis } from '../fixtures/servers.ts';

// Each effect is measured in the same way on a healthy backend, where it must be absent.
const roomy = ['--limit', '1000000', '--ttl-ms', '60000'];
// Long enough that no slowness of this machine lets a window pass.
const longWindow = ['--window-ms', '60000'];
const [healthy, redis, postgres] = await Promise.all([startBackend(longWindow), startRedis(), startPostgres()]);
const healthyRoomy = await startBackend(roomy);
after(() => Promise.all([healthy.stop(), healthyRoomy.stop(), redis.stop(), postgres.stop()]));

describe('each fault shows its effect, and only with it', { concurrency: 3 }, () => {
  async function acceptedOf30(backend: Backend): Promise<number> {
    const webhook = await createWebhook(backend);
    const bodies = Array.from({ length: 30 }, (_, n) => signal(`s${n}`));
    return (await sendAtOnce(backend, webhook, bodies)).accepted ?? 0;
  }

  test('limiter-absent', async () => {
    assert.equal(await acceptedOf30(healthy), 10);
    const args = ['--workers', '1', ...longWindow, '--fault', 'limiter-absent'];
    assert.equal(await withBackend(args, acceptedOf30), 30);
    assert.equal(await withBackend(args, acceptedOf30, { BACKEND_REDIS_URL: redis.url }), 30);
  });

  async function effectsOfRepeats(backend: Backend): Promise<number> {
    const webhook = await createWebhook(backend);
    const answers = await sendAtOnce(backend, webhook, Array(7).fill(signal('same')));
    assert.deepEqual(answers, { accepted: 1, duplicate: 6 });
    return (await processedIds(backend, webhook)).length;
  }

  test('duplicate-twice', async () => {
    assert.equal(await effectsOfRepeats(healthyRoomy), 1);
    const every = (fault: string) => [...roomy, '--workers', '1', '--fault', fault];
    assert.equal(await withBackend(every('duplicate-twice'), effectsOfRepeats), 7);
    assert.equal(await withBackend(every('duplicate-twice=3'), effectsOfRepeats), 3);
    const stores = { BACKEND_REDIS_URL: redis.url, BACKEND_POSTGRES_URL: postgres.url };
    assert.equal(await withBackend(every('duplicate-twice=2'), effectsOfRepeats, stores), 4);
  });

  /** Whether the answer was there before that time had passed. */
  async function answersBefore(backend: Backend, ms: number): Promise<boolean> {
    const webhook = await createWebhook(backend);
    const answer = send(backend, webhook, signal('timed')).then(() => true);
    const early = await Promise.race([answer, sleep(ms, false)]);
    await answer;
    return early;
  }

  test('slow', async () => {
    assert.equal(await answersBefore(healthy, 1500), true);
    assert.equal(
      await withBackend(['--workers', '1', '--fault', 'slow=1500'], (backend) => answersBefore(backend, 1450)),
      false,
    );
  });

  test('leak', async () => {
    const mebibyte = 1024 * 1024;
    async function grownBytes(backend: Backend): Promise<number> {
      const webhook = await createWebhook(backend);
      const treeBytes = () => [backend.pid, ...backend.workers].reduce((sum, pid) => sum + rssBytes(pid), 0);
      const sendMany = async (prefix: string) => {
        for (let n = 0; n < 60; n += 1) {
          assert.equal(verdictOf(await send(backend, webhook, signal(`${prefix}${n}`))), 'accepted');
        }
      };
      await sendMany('warm-up');
      const beforeBytes = treeBytes();
      await sendMany('measured');
      return treeBytes() - beforeBytes;
    }
    const healthyBytes = await grownBytes(healthyRoomy);
    assert.ok(healthyBytes < 20 * mebibyte, `the healthy backend grew by ${healthyBytes} bytes`);
    const leakedBytes = await withBackend(['--workers', '1', ...roomy, '--fault', `leak=${mebibyte}`], grownBytes);
    assert.ok(leakedBytes > 50 * mebibyte, `60 MiB were leaked, ${leakedBytes} bytes grown`);
  });

  test('descriptor-leak', async () => {
    const descriptors = ({ workers }: Backend): number =>
      workers.reduce((sum, pid) => sum + readdirSync(`/proc/${pid}/fd`).length, 0);
    async function grown(backend: Backend): Promise<number> {
      const webhook = await createWebhook(backend);
      await send(backend, webhook, signal('first'));
      const before = descriptors(backend);
      for (let n = 0; n < 60; n += 1) {
        assert.equal(verdictOf(await send(backend, webhook, signal(`one-${n}`))), 'accepted');
      }
      return descriptors(backend) - before;
    }
    assert.ok((await grown(healthyRoomy)) < 30);
    const leaked = await withBackend(['--workers', '1', ...roomy, '--fault', 'descriptor-leak=100'], grown);
    assert.ok(leaked >= 60, `60 were left open, ${leaked} more are`);
  });

  test('freeze', async () => {
    const frozenMs = 1200;
    await withBackend(['--workers', '1', '--fault', `freeze=${frozenMs}`], async (broken) => {
      const webhook = await createWebhook(broken);
      for (let n = 0; n < 8; n += 1) await send(broken, webhook, signal(`each-worker-${n}`));
      let longestMs = 0;
      const untilMs = performance.now() + 5000;
      for (let n = 0; performance.now() < untilMs && longestMs < frozenMs / 2; n += 1) {
        const sentMs = performance.now();
        await send(broken, webhook, signal(`late-${n}`));
        longestMs = Math.max(longestMs, performance.now() - sentMs);
        await sleep(20);
      }
      assert.ok(longestMs >= frozenMs / 2, `the slowest answer took ${longestMs} ms`);
    });
  });

  test('worker-sigkill', async () => {
    await withBackend(['--fault', 'worker-sigkill=1'], async (broken) => {
      await sleep(1500);
      assert.doesNotMatch(broken.log(), /died/, 'the time counts from the first signal');
      await send(broken, await createWebhook(broken), signal('first'));
      await broken.logged(/worker \d+ died \(signal SIGKILL\)/);
      await workersReady(broken, 2);
      assert.equal(broken.log().match(/died/g)?.length, 1);
    });
    assert.doesNotMatch(healthy.log(), /died/);
  });
});

test('10 000 signals leave a healthy backend less than 20 MB larger', async () => {
  const webhook = await createWebhook(healthyRoomy);
  const treeBytes = () => [healthyRoomy.pid, ...healthyRoomy.workers].reduce((sum, pid) => sum + rssBytes(pid), 0);
  const sendInBatches = async (prefix: string, batches: number) => {
    for (let batch = 0; batch < batches; batch += 1) {
      const bodies = Array.from({ length: 20 }, (_, n) => signal(`${prefix}-${batch}-${n}`));
      assert.deepEqual(await sendAtOnce(healthyRoomy, webhook, bodies), { accepted: 20 });
    }
  };
  await sendInBatches('warm-up', 150);
  const beforeBytes = treeBytes();
  await sendInBatches('measured', 500);
  const grownBytes = treeBytes() - beforeBytes;
  assert.ok(grownBytes < 20e6, `it grew by ${grownBytes} bytes`);
});
