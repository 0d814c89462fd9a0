import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  acceptedOnEach,
  type Backend,
  createWebhook,
  distinctSignals,
  processedIds,
  readPage,
  send,
  sendAtOnce,
  signal,
  startBackend,
  verdictOf,
  withBackend,
} from '../fixtures/backend.ts';
import { startPostgres, startRedis } from '../fixtures/servers.ts';

const roomy = ['--limit', '100000', '--window-ms', '60000', '--ttl-ms', '60000'];
const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
const inStores = { BACKEND_REDIS_URL: redis.url, BACKEND_POSTGRES_URL: postgres.url };
const [healthy, healthyInStores] = await Promise.all([startBackend(roomy), startBackend(roomy, inStores)]);
after(async () => {
  await Promise.all([healthy.stop(), healthyInStores.stop()]);
  await Promise.all([redis.stop(), postgres.stop()]);
});

/** One worker: a start of two costs half as much again, and most of these faults do not need the second one. */
const one = ['--workers', '1'];
const broken = <T>(fault: string, measure: (backend: Backend) => Promise<T>, env: Record<string, string> = {}) =>
  withBackend([...one, ...roomy, '--fault', fault], measure, env);
/** For a race between two workers, and for the death of one. */
const brokenBetweenTwo = <T>(fault: string, measure: (backend: Backend) => Promise<T>, env = {}) =>
  withBackend([...roomy, '--fault', fault], measure, env);

const same = Array(30).fill(signal('same'));
const eachOne = Array(8).fill(1);
/** Accepted of 30 identical signals at once: on eight webhooks, but on no further one when a second was accepted. */
async function acceptedOfSame(backend: Backend): Promise<readonly number[]> {
  const accepted: number[] = [];
  while (accepted.length < 8 && accepted.every((count) => count <= 1)) {
    accepted.push(...(await acceptedOnEach(backend, 1, same)));
  }
  return accepted;
}

/** Of 100 distinct signals, how many answers were accepted, signals are stored, and the total says. */
async function effectsOf100(backend: Backend): Promise<{ accepted: number; stored: number; total: number }> {
  const webhook = await createWebhook(backend);
  const { accepted = 0 } = await sendAtOnce(backend, webhook, distinctSignals(100));
  const { signals, total } = await readPage(backend, webhook);
  return { accepted, stored: signals.length, total };
}

/** Verdicts on one signal, sent that long after the first answer each. Tries again where the machine was late by 300 ms. */
async function verdictsAt(backend: Backend, gapsMs: readonly number[]): Promise<string[]> {
  for (let tries = 0; tries < 5; tries += 1) {
    const webhook = await createWebhook(backend);
    const verdicts: string[] = [];
    let startMs = 0;
    let lateMs = 0;
    for (const gapMs of [0, ...gapsMs]) {
      if (gapMs > 0) await sleep(startMs + gapMs - performance.now());
      verdicts.push(verdictOf(await send(backend, webhook, signal('again'))));
      if (gapMs === 0) startMs = performance.now();
      lateMs = Math.max(lateMs, performance.now() - startMs - gapMs);
    }
    if (lateMs < 300) return verdicts;
  }
  return assert.fail('this machine was too slow five times in a row');
}

/** What shows wherever the state is kept. */
function eitherWay(healthy: Backend, env: Record<string, string>): void {
  test('idempotency-race', async () => {
    assert.deepEqual(await acceptedOfSame(healthy), eachOne);
    const accepted = await brokenBetweenTwo('idempotency-race', acceptedOfSame, env);
    assert.ok(Math.max(...accepted) > 1, `accepted ${accepted}`);
  });

  test('processed-twice', async () => {
    assert.deepEqual(await effectsOf100(healthy), { accepted: 100, stored: 100, total: 100 });
    const { accepted, stored, total } = await broken('processed-twice=2000', effectsOf100, env);
    assert.ok(accepted === 100 && stored > 100 && stored < 200 && total === stored, `${stored} and ${total}`);
  });

  test('counter-lost: the total misses what is stored', async () => {
    assert.deepEqual(await effectsOf100(healthy), { accepted: 100, stored: 100, total: 100 });
    const { accepted, stored, total } = await broken('counter-lost', effectsOf100, env);
    assert.deepEqual([accepted, stored], [100, 100]);
    assert.ok(total < 100 && total > 0, `total ${total}`);
  });

  test('duplicates-use-quota', async () => {
    assert.equal(await withBackend([...limited, '--fault', 'duplicates-use-quota'], acceptedAfterRepeats, env), 0);
  });
}

const limited = [...one, '--limit', '10', '--window-ms', '60000', '--ttl-ms', '60000'];
async function acceptedAfterRepeats(backend: Backend): Promise<number> {
  const webhook = await createWebhook(backend);
  await sendAtOnce(backend, webhook, same);
  return (await sendAtOnce(backend, webhook, distinctSignals(9))).accepted ?? 0;
}

// One after the other: each start makes the tables anew.
describe('each fault of idempotency in Redis and PostgreSQL', () => eitherWay(healthyInStores, inStores));

describe('each fault of idempotency breaks its promise, which the healthy backend keeps', { concurrency: 2 }, () => {
  eitherWay(healthy, {});

  test('lock-short: only a lease longer than the work keeps the second one out', async () => {
    const accepted = await brokenBetweenTwo('lock-short', acceptedOfSame);
    assert.ok(Math.max(...accepted) > 1, `accepted ${accepted}`);
    assert.deepEqual(await brokenBetweenTwo('lock-short=60000', acceptedOfSame), eachOne);
  });

  test('lost-after-accept', async () => {
    const { accepted, stored, total } = await broken('lost-after-accept=20', effectsOf100);
    assert.ok(accepted === 100 && stored < 100 && stored > 0 && total === stored, `${stored} and ${total}`);
  });

  test('ttl-short, ttl-long, ttl-refreshed', async () => {
    const at = (fault: string | null, ...gapsOfEach: readonly (readonly number[])[]) =>
      withBackend([...one, '--ttl-ms', '2000', ...(fault === null ? [] : ['--fault', fault])], (backend) =>
        Promise.all(gapsOfEach.map((gapsMs) => verdictsAt(backend, gapsMs))),
      );
    const [[within, beyond, kept], [short], [long], [refreshed]] = await Promise.all([
      at(null, [1400], [2400], [1400, 2400]),
      at('ttl-short=50', [1400]),
      at('ttl-long=50', [2400]),
      at('ttl-refreshed', [1400, 2400]),
    ]);
    assert.deepEqual(
      [within, beyond],
      [
        ['accepted', 'duplicate'],
        ['accepted', 'accepted'],
      ],
    );
    assert.deepEqual(
      [short, long],
      [
        ['accepted', 'accepted'],
        ['accepted', 'duplicate'],
      ],
    );
    assert.deepEqual(kept, ['accepted', 'duplicate', 'accepted']);
    assert.deepEqual(refreshed, ['accepted', 'duplicate', 'duplicate']);
  });

  test('key-ignores-ticker', async () => {
    const twoTickers = async (backend: Backend) =>
      sendAtOnce(backend, await createWebhook(backend), [signal('same'), signal('same', { ticker: 'MSFT' })]);
    assert.deepEqual(await twoTickers(healthy), { accepted: 2 });
    assert.deepEqual(await broken('key-ignores-ticker', twoTickers), { accepted: 1, duplicate: 1 });
  });

  test('keys of a webhook or of all, and the faults of both', async () => {
    const onTwo = async (backend: Backend) => {
      const outcomes: unknown[] = [];
      for (const webhook of [await createWebhook(backend), await createWebhook(backend)]) {
        outcomes.push(verdictOf(await send(backend, webhook, signal('same'))));
      }
      return outcomes;
    };
    const [apart, together] = [
      ['accepted', 'accepted'],
      ['accepted', 'duplicate'],
    ];
    assert.deepEqual(await onTwo(healthy), apart);
    assert.deepEqual(await broken('key-ignores-webhook', onTwo), together);
    assert.deepEqual(await withBackend([...one, '--keys-of', 'all'], onTwo), together);
    assert.deepEqual(await withBackend([...one, '--keys-of', 'all', '--fault', 'key-holds-webhook'], onTwo), apart);
  });

  test('keys of a log-in, and tenant-shared-keys', async () => {
    const second = { email: 'second@example.com', password: 'second-password' };
    const env = { SECOND_LOGIN_EMAIL: second.email, SECOND_LOGIN_PASSWORD: second.password };
    const onThree = async (backend: Backend) => {
      const outcomes: unknown[] = [];
      for (const login of [{}, {}, second]) {
        outcomes.push(verdictOf(await send(backend, await createWebhook(backend, login), signal('same'))));
      }
      return outcomes;
    };
    const keysOfClient = [...one, ...roomy, '--keys-of', 'client'];
    for (const stores of [{}, { BACKEND_REDIS_URL: redis.url }]) {
      const on = (args: readonly string[]) => withBackend(args, onThree, { ...env, ...stores });
      assert.deepEqual(await on(keysOfClient), ['accepted', 'duplicate', 'accepted']);
      assert.deepEqual(await on([...keysOfClient, '--fault', 'tenant-shared-keys']), [
        'accepted',
        'duplicate',
        'duplicate',
      ]);
    }
    await assert.rejects(createWebhook(healthy, second));
  });

  test('key-ignores-id', async () => {
    const answers = async (backend: Backend) => {
      const webhook = await createWebhook(backend);
      const bodies: unknown[] = [];
      for (const id of ['one', 'two']) bodies.push((await send(backend, webhook, signal(id))).body);
      return bodies;
    };
    const [first, second] = await answers(healthy);
    assert.notDeepEqual(first, second);
    const [taken, again] = await broken('key-ignores-id', answers);
    assert.deepEqual(taken, again);
  });

  test('a repeat uses no quota, unless declared', async () => {
    assert.equal(await withBackend(limited, acceptedAfterRepeats), 9);
    const declared = [...limited, '--idempotency-order', 'after-limiter'];
    assert.equal(await withBackend(declared, acceptedAfterRepeats), 0);
  });

  /**
   * Sends identical signals at once until a worker dies of it: where the first is done before the second arrives none does.
   * A connection that was on its way to the worker when it died is never answered: its request counts for nothing.
   */
  async function killAWorker(backend: Backend) {
    for (let tries = 0; tries < 10; tries += 1) {
      const webhook = await createWebhook(backend);
      const answers = await Promise.allSettled(
        same.map((body) =>
          Promise.race([send(backend, webhook, body), sleep(5000).then(() => assert.fail('no answer'))]),
        ),
      );
      const verdicts = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [verdictOf(answer.value)] : []));
      if (verdicts.length < answers.length) return { webhook, verdicts };
    }
    return assert.fail('no worker died');
  }

  /** What these signals and then three more, when all workers are there again, were answered and did. */
  async function afterDeath(backend: Backend) {
    const { webhook, verdicts } = await killAWorker(backend);
    await backend.logged(/worker \d+ died \(signal SIGKILL\)(?:.|\n)*worker \d+ started/);
    const later = await sendAtOnce(backend, webhook, Array(3).fill(signal('same')));
    assert.equal(backend.log().match(/died/g)?.length, 1);
    return {
      effects: (await processedIds(backend, webhook)).length,
      accepted: verdicts.filter((verdict) => verdict === 'accepted').length + (later.accepted ?? 0),
      laterDuplicates: later.duplicate ?? 0,
    };
  }

  test('lock-kept: a repeat is a duplicate of what was never processed', async () => {
    assert.deepEqual(await brokenBetweenTwo('lock-kept', afterDeath), { effects: 0, accepted: 0, laterDuplicates: 3 });
  });

  test('worker-dies-holding-lock: one repeat is processed', async () => {
    const { effects, accepted } = await brokenBetweenTwo('worker-dies-holding-lock', afterDeath);
    assert.deepEqual([effects, accepted], [1, 1]);
  });
});
