import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import {
  type Answer,
  call,
  createWebhook,
  health,
  logIn,
  readPage,
  send,
  sendAtOnce,
  signal,
  startBackend,
  type WebhookAccess,
} from '../fixtures/backend.ts';
import { behaviors } from './backend-behaviors.ts';

const [backend, fourWorkers] = await Promise.all([startBackend(), startBackend(['--workers', '4'])]);
after(() => Promise.all([backend.stop(), fourWorkers.stop()]));

describe('with state in the supervisor', { concurrency: 5 }, () => {
  for (const { name, holds } of behaviors) test(name, () => holds(backend));
});

describe('over four workers', () => {
  for (const { name, holds } of behaviors.slice(0, 1)) test(name, () => holds(fourWorkers));
});

describe('answers of each route', () => {
  const login = '/api/v1/auth/login';
  const webhooks = '/api/v1/webhooks/';
  const credentials = { email: 'stress@example.com', password: 'stress-password' };
  const withToken = async () => ({ Authorization: `Bearer ${await logIn(backend)}` });
  const at = ({ token, secret }: WebhookAccess) => `${webhooks}${token}?secret=${secret}`;

  const cases: readonly {
    readonly name: string;
    readonly ask: (webhook: WebhookAccess) => Promise<Answer>;
    readonly status: number;
    /** Text that the answer's body must have. */
    readonly says?: string;
  }[] = [
    {
      name: 'log-in',
      ask: () => call(backend, 'POST', login, { body: credentials }),
      status: 200,
      says: '"token_type":"bearer"',
    },
    {
      name: 'log-in with a wrong password',
      ask: () => call(backend, 'POST', login, { body: { ...credentials, password: 'wrong' } }),
      status: 401,
    },
    {
      name: 'log-in with a wrong email',
      ask: () => call(backend, 'POST', login, { body: { ...credentials, email: 'wrong@example.com' } }),
      status: 401,
    },
    {
      name: 'log-in without a password',
      ask: () => call(backend, 'POST', login, { body: { email: 'a' } }),
      status: 422,
      says: '"field":"password"',
    },
    {
      name: 'log-in with a body that is not JSON',
      ask: () => call(backend, 'POST', login, { body: '{"email"' }),
      status: 422,
      says: '"field":"body"',
    },
    {
      name: 'log-in without a body',
      ask: () => call(backend, 'POST', login),
      status: 422,
    },
    {
      name: 'a new webhook',
      ask: async () =>
        call(backend, 'POST', webhooks, { body: { name: 'n', details: 'd' }, headers: await withToken() }),
      status: 201,
      says: '"name":"n"',
    },
    {
      name: 'a new webhook at the path without its last slash',
      ask: async () => call(backend, 'POST', '/api/v1/webhooks', { body: { name: 'n' }, headers: await withToken() }),
      status: 201,
    },
    {
      name: 'a new webhook without log-in',
      ask: () => call(backend, 'POST', webhooks, { body: { name: 'n', details: 'd' } }),
      status: 401,
    },
    {
      name: 'a new webhook with a forged token',
      ask: () =>
        call(backend, 'POST', webhooks, {
          body: { name: 'n' },
          headers: { Authorization: `Bearer ${Date.now() + 1e6}.AAAA` },
        }),
      status: 401,
    },
    {
      name: 'a new webhook without a name',
      ask: async () => call(backend, 'POST', webhooks, { body: {}, headers: await withToken() }),
      status: 422,
      says: '"field":"name"',
    },
    {
      name: 'a signal',
      ask: (webhook) => send(backend, webhook, signal('s')),
      status: 200,
      says: '"status":"accepted"',
    },
    {
      name: 'a signal with a wrong secret',
      ask: (webhook) => send(backend, { ...webhook, secret: 'wrong' }, signal('s')),
      status: 401,
    },
    {
      name: 'a signal without a secret',
      ask: ({ token }) => call(backend, 'POST', webhooks + token, { body: signal('s') }),
      status: 401,
    },
    {
      name: 'a signal with two secrets',
      ask: (webhook) => call(backend, 'POST', `${at(webhook)}&secret=${webhook.secret}`, { body: signal('s') }),
      status: 401,
    },
    {
      name: 'a signal for an unknown webhook',
      ask: (webhook) => send(backend, { ...webhook, token: 'unknown' }, signal('s')),
      status: 404,
    },
    {
      name: 'a signal for a token that is none',
      ask: (webhook) => send(backend, { ...webhook, token: 'a%00b' }, signal('s')),
      status: 404,
    },
    ...(
      [
        ['action', 'HOLD'],
        ['action', undefined],
        ['ticker', ''],
        ['ticker', 'A B'],
        ['quantity', 0],
        ['quantity', '3'],
        ['price', -1],
        ['price', null],
        ['signal_id', ''],
        ['signal_id', 'x'.repeat(129)],
        ['signal_id', 'a\u0000b'],
        ['signal_id', 7],
      ] as const
    ).map(([field, value]) => ({
      name: `a signal whose ${field} is ${JSON.stringify(value)?.slice(0, 20)}`,
      ask: (webhook: WebhookAccess) => send(backend, webhook, signal('s', { [field]: value })),
      status: 422,
      says: `"field":"${field}"`,
    })),
    {
      name: 'a signal that is a list',
      ask: (webhook) => send(backend, webhook, []),
      status: 422,
      says: '"field":"body"',
    },
    {
      name: 'a signal that is not JSON by its type',
      ask: (webhook) =>
        call(backend, 'POST', at(webhook), { body: 'action=BUY', headers: { 'Content-Type': 'text/csv' } }),
      status: 415,
    },
    {
      name: 'a body of 64 KiB',
      ask: (webhook) => send(backend, webhook, padded(64 * 1024)),
      status: 200,
    },
    {
      name: 'a body of more than 64 KiB',
      ask: (webhook) => send(backend, webhook, padded(64 * 1024 + 1)),
      status: 413,
    },
    {
      name: 'read-back with a wrong secret',
      ask: ({ token }) => call(backend, 'GET', `${webhooks}${token}/signals?secret=wrong`),
      status: 401,
    },
    {
      name: 'read-back of an unknown webhook',
      ask: ({ secret }) => call(backend, 'GET', `${webhooks}unknown/signals?secret=${secret}`),
      status: 404,
    },
    {
      name: 'read-back of more than 1000 at once',
      ask: ({ token, secret }) => call(backend, 'GET', `${webhooks}${token}/signals?secret=${secret}&limit=1001`),
      status: 422,
      says: '"field":"limit"',
    },
    {
      name: 'read-back after no number',
      ask: ({ token, secret }) => call(backend, 'GET', `${webhooks}${token}/signals?secret=${secret}&after=x`),
      status: 422,
      says: '"field":"after"',
    },
    {
      name: 'health',
      ask: () => call(backend, 'GET', '/api/v1/monitoring/health'),
      status: 200,
      says: '"status":"healthy","workers":2',
    },
    { name: 'Redis without Redis', ask: () => call(backend, 'GET', '/api/v1/monitoring/redis/stats'), status: 404 },
    {
      name: 'PostgreSQL without PostgreSQL',
      ask: () => call(backend, 'GET', '/api/v1/monitoring/database/stats'),
      status: 404,
    },
    { name: 'an unknown route', ask: () => call(backend, 'GET', '/api/v2'), status: 404 },
  ];

  for (const { name, ask, status, says } of cases) {
    test(`${name}: ${status}`, async () => {
      const answer = await ask(await createWebhook(backend));
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      if (says !== undefined) assert.ok(JSON.stringify(answer.body).includes(says), JSON.stringify(answer.body));
    });
  }

  /** A valid signal whose JSON has exactly that many bytes. */
  function padded(bytes: number): string {
    const bare = JSON.stringify(signal('s', { note: '' }));
    return JSON.stringify(signal('s', { note: 'x'.repeat(bytes - bare.length) }));
  }
});

test('a refused signal leaves no trace', async () => {
  const webhook = await createWebhook(backend);
  await send(backend, webhook, signal('bad', { price: -1 }));
  await send(backend, { ...webhook, secret: 'wrong' }, signal('bad'));
  assert.equal((await readPage(backend, webhook)).total, 0);
});

test('counts are exact per purpose and outcome, over all workers', async () => {
  const counted = await startBackend(['--workers', '3', '--window-ms', '60000', '--ttl-ms', '60000']);
  try {
    const webhook = await createWebhook(counted, { purpose: 'setup' });
    await Promise.all([
      ...Array.from({ length: 25 }, (_, n) => send(counted, webhook, signal(`d${n}`), 'load')),
      ...Array.from({ length: 7 }, () => send(counted, webhook, signal('wrong', { price: 0 }), 'probe')),
    ]);
    const first = (await readPage(counted, webhook)).signals[0]?.signal_id ?? '';
    await Promise.all(Array.from({ length: 9 }, () => send(counted, webhook, signal(first), 'probe')));
    await call(counted, 'GET', '/api/v1/nothing', { purpose: 'x'.repeat(1000) });
    await call(counted, 'GET', '/api/v1/nothing', { purpose: '__proto__' });
    await health(counted);
    const { body } = await call(counted, 'GET', '/api/v1/monitoring/counts', { purpose: 'readback' });
    assert.deepEqual(body, {
      counts: {
        setup: { accepted: 2 },
        load: { accepted: 10, limited: 15 },
        probe: { rejected: 7, duplicate: 9 },
        // The read-back above and health had no purpose.
        none: { accepted: 2 },
        unknown: { rejected: 2 },
      },
    });
  } finally {
    await counted.stop();
  }
});

test('limit, window and TTL follow the options', async () => {
  const backend = await startBackend(['--limit', '3', '--window-ms', '60000', '--ttl-ms', '0']);
  try {
    const webhook = await createWebhook(backend);
    assert.deepEqual(await sendAtOnce(backend, webhook, Array(5).fill(signal('same'))), { accepted: 3, limited: 2 });
    const refused = await send(backend, webhook, signal('same'));
    const seconds = Number(refused.headers.get('Retry-After'));
    assert.ok(Number.isInteger(seconds) && seconds > 40 && seconds <= 60, `Retry-After is ${seconds}`);
  } finally {
    await backend.stop();
  }
});
