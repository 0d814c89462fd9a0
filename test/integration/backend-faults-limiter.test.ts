import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  acceptedOnEach,
  type Backend,
  call,
  countBy,
  createWebhook,
  distinctSignals,
  send,
  sendAtOnce,
  signal,
  startBackend,
  verdictOf,
  type WebhookAccess,
  withBackend,
} from '../fixtures/backend.ts';
import { startRedis } from '../fixtures/servers.ts';

// Long enough that no slowness of this machine lets a window pass.
const longWindow = ['--window-ms', '60000', '--ttl-ms', '60000'];
const redis = await startRedis();
const inRedis = { BACKEND_REDIS_URL: redis.url };
const [healthy, healthyInRedis] = await Promise.all([startBackend(longWindow), startBackend(longWindow, inRedis)]);
after(async () => {
  await Promise.all([healthy.stop(), healthyInRedis.stop()]);
  await redis.stop();
});

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
/** One worker: a start of two costs half as much again, and these faults do not need the second one. */
const broken = <T>(fault: string, measure: (backend: Backend) => Promise<T>, env: Record<string, string> = {}) =>
  withBackend(['--workers', '1', ...longWindow, '--fault', fault], measure, env);
/** Two workers, each of which decides in a second round-trip, or for itself. */
const brokenBetweenTwo = <T>(fault: string, measure: (backend: Backend) => Promise<T>, env: Record<string, string>) =>
  withBackend([...longWindow, '--fault', fault], measure, env);

const acceptedOf30 = (backend: Backend) => acceptedOnEach(backend, 4, distinctSignals(30));
const eachTen = Array(4).fill(10);

/** The same of a fault that shows by chance: on ten webhooks, but on no further one when it has shown. */
async function acceptedUntilMore(backend: Backend): Promise<readonly number[]> {
  const accepted: number[] = [];
  while (accepted.length < 10 && accepted.every((count) => count <= 10)) {
    accepted.push(...(await acceptedOnEach(backend, 1, distinctSignals(30))));
  }
  return accepted;
}

// Each test has webhooks of its own on the healthy backends.
describe('each fault of the limiter breaks its promise, which the healthy backend keeps', { concurrency: 2 }, () => {
  for (const [store, backend, env] of [
    ['memory', healthy, {}],
    ['Redis', healthyInRedis, inRedis],
  ] as const) {
    test(`limiter-race in ${store}`, async () => {
      assert.deepEqual(await acceptedUntilMore(backend), Array(10).fill(10));
      const accepted = await brokenBetweenTwo('limiter-race', acceptedUntilMore, env);
      assert.ok(Math.max(...accepted) > 10 && Math.min(...accepted) >= 10, `admitted ${accepted}`);
    });

    test(`limiter-per-worker in ${store}`, async () => {
      const accepted = await brokenBetweenTwo('limiter-per-worker', acceptedUntilMore, env);
      assert.ok(Math.max(...accepted) > 10 && Math.max(...accepted) <= 20, `admitted ${accepted}`);
    });
  }

  test('limiter-plus-one', async () => {
    assert.deepEqual(await broken('limiter-plus-one', acceptedOf30), Array(4).fill(11));
  });

  /**
   * The most of 20 signals that were admitted, the second ten 100 ms after the first, at 8 places of a 300 ms window. Tries a place again
   * if they did not all come within one window's length. All of them admitted at one place decide, and no other is asked.
   */
  async function maxAcrossAnEdge(backend: Backend): Promise<number> {
    const windowMs = 300;
    const startMs = performance.now();
    let most = 0;
    let tries = 0;
    for (let placeMs = 0; placeMs < windowMs && most < 20 && tries < 60; tries += 1) {
      const webhook = await createWebhook(backend);
      const windows = Math.ceil((performance.now() - startMs - placeMs) / windowMs);
      await sleep(Math.max(0, startMs + windows * windowMs + placeMs - performance.now()));
      const sentMs = performance.now();
      const first = await sendAtOnce(backend, webhook, distinctSignals(10, 'first'));
      await sleep(100);
      const second = await sendAtOnce(backend, webhook, distinctSignals(10, 'second'));
      if (performance.now() - sentMs >= windowMs) continue;
      most = Math.max(most, (first.accepted ?? 0) + (second.accepted ?? 0));
      placeMs += 40;
    }
    return most;
  }

  test('limiter-fixed', async () => {
    const short = ['--workers', '1', '--window-ms', '300'];
    const [healthyMost, faultyMost, fixedMost] = await Promise.all([
      withBackend(short, maxAcrossAnEdge),
      withBackend([...short, '--fault', 'limiter-fixed'], maxAcrossAnEdge),
      withBackend([...short, '--limiter', 'fixed'], maxAcrossAnEdge),
    ]);
    assert.deepEqual([healthyMost, faultyMost, fixedMost], [10, 20, 20]);
  });

  test('limiter-blocks-some', async () => {
    const acceptedOf9 = (backend: Backend) => acceptedOnEach(backend, 5, distinctSignals(9));
    assert.equal(sum(await acceptedOf9(healthy)), 45);
    const accepted = sum(await broken('limiter-blocks-some=30', acceptedOf9));
    assert.ok(accepted < 45 && accepted > 10, `admitted ${accepted} of 45`);
  });

  const persistentWindowMs = 1500;

  /**
   * A full window, and then one signal every 40 ms, for more than a window and until 25 after it were sure: the ten before such a one were
   * sent within the window in which it was decided, however late the machine was. A limiter that counts refusals has no room for it.
   */
  async function acceptedOfPersistent(backend: Backend) {
    const webhook = await createWebhook(backend);
    await sendAtOnce(backend, webhook, distinctSignals(30, 'fill'));
    const freeMs = performance.now() + persistentWindowMs;
    const sentMs: number[] = [];
    const sure: string[] = [];
    let accepted = 0;
    for (let n = 0; sure.length < 25 && performance.now() < freeMs + 30_000; n += 1) {
      sentMs.push(performance.now());
      const verdict = verdictOf(await send(backend, webhook, signal(`again${n}`)));
      const endMs = performance.now();
      if (verdict === 'accepted') accepted += 1;
      const tenthBeforeMs = sentMs.at(-11) ?? 0;
      if (endMs > freeMs && tenthBeforeMs > endMs - persistentWindowMs) sure.push(verdict);
      await sleep(40 - (endMs - (sentMs.at(-1) ?? 0)));
    }
    return { accepted, sure: countBy(sure) };
  }

  test('limiter-counts-refusals', async () => {
    const short = ['--workers', '1', '--window-ms', String(persistentWindowMs)];
    const [healthy, faulty] = await Promise.all([
      withBackend(short, acceptedOfPersistent),
      withBackend([...short, '--fault', 'limiter-counts-refusals'], acceptedOfPersistent),
    ]);
    assert.ok(healthy.accepted >= 10, `admitted ${healthy.accepted}`);
    assert.deepEqual(faulty.sure, { limited: 25 });
  });

  async function retryAfters(backend: Backend): Promise<ReadonlySet<string | null>> {
    const webhook = await createWebhook(backend);
    await sendAtOnce(backend, webhook, distinctSignals(10));
    const refused = await Promise.all(distinctSignals(10, 'refused').map((body) => send(backend, webhook, body)));
    assert.ok(refused.every(({ status }) => status === 429));
    return new Set(refused.map(({ headers }) => headers.get('Retry-After')));
  }

  test('limiter-forgets-retry-after, limiter-wrong-retry-after', async () => {
    for (const text of await retryAfters(healthy)) assert.ok(Number(text) >= 1 && Number(text) <= 60, `says ${text}`);
    assert.deepEqual(await broken('limiter-forgets-retry-after', retryAfters), new Set([null]));
    const wrong = await broken('limiter-wrong-retry-after', retryAfters);
    assert.deepEqual([...wrong].sort(), ['0', '3600']);
    for (const text of await broken('limiter-epoch-retry-after', retryAfters)) assert.match(text ?? '', /^\d{10}$/);
  });

  test('limiter-penalty-long', async () => {
    const penaltySeconds = 100;
    const longest = async (backend: Backend): Promise<number> =>
      Math.max(...[...(await retryAfters(backend))].map(Number));
    const given = ['--workers', '1', ...longWindow, '--penalty-ms', String(1000 * penaltySeconds)];
    assert.equal(await withBackend(given, longest), penaltySeconds);
    assert.equal(await withBackend([...given, '--fault', 'limiter-penalty-long=50'], longest), 1.5 * penaltySeconds);
  });

  /** What ten accepted and a refused one are told of the limit, one after the other. */
  async function quotas(backend: Backend): Promise<readonly (string | null)[]> {
    const webhook = await createWebhook(backend);
    const told: (string | null)[] = [];
    for (const body of distinctSignals(11)) {
      const { headers } = await send(backend, webhook, body);
      assert.match(headers.get('RateLimit-Policy') ?? '', /^"webhook";q=10;w=\d+$/);
      told.push(/^"webhook";r=(\d+);t=\d+$/.exec(headers.get('RateLimit') ?? '')?.[1] ?? null);
    }
    return told;
  }

  test('limiter-wrong-remaining', async () => {
    assert.deepEqual(await quotas(healthy), ['9', '8', '7', '6', '5', '4', '3', '2', '1', '0', '0']);
    assert.deepEqual(await broken('limiter-wrong-remaining', quotas), Array(11).fill('10'));
  });

  function sendForwarded(backend: Backend, { token, secret }: WebhookAccess, n: number) {
    return call(backend, 'POST', `/api/v1/webhooks/${token}?secret=${secret}`, {
      body: signal(`forwarded${n}`),
      headers: { 'X-Forwarded-For': `203.0.113.${n}` },
    });
  }

  test('limiter-trusts-forwarded', async () => {
    async function acceptedOf30Forwarded(backend: Backend): Promise<number> {
      const webhook = await createWebhook(backend);
      const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => sendForwarded(backend, webhook, n)));
      return countBy(answers.map(verdictOf)).accepted ?? 0;
    }
    assert.equal(await acceptedOf30Forwarded(healthy), 10);
    await broken('limiter-trusts-forwarded', async (backend) => {
      assert.equal(await acceptedOf30Forwarded(backend), 30);
      assert.deepEqual(await acceptedOf30(backend), eachTen);
    });
  });

  test('limiter-global', async () => {
    const accepted = await broken('limiter-global', acceptedOf30);
    assert.deepEqual(accepted, [10, 0, 0, 0]);
  });
});
