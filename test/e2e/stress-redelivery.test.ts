import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { Status } from '../../contract/report/criteria.ts';
import type { TestServer } from '../fixtures/servers.ts';
import { startIdempotentNodeServer, startIdempotentPythonServer } from '../third-party/servers.ts';
import { assertJudged, stress } from './stress.ts';

/** Any name is a webhook of these servers; none has a secret. */
const webhooks = Array.from({ length: 10 }, (_, n) => `hook-${n}`).join(',');

/** Servers whose idempotency is a library's, sound and used wrongly, and the verdict that each deserves. */
const cases: readonly {
  readonly name: string;
  readonly start: () => Promise<TestServer>;
  readonly verdict: Status;
  readonly says: RegExp;
}[] = [
  {
    name: 'express-idempotency: exactly once',
    start: () => startIdempotentNodeServer('healthy'),
    verdict: 'pass',
    says: /none lost, none (surely )?processed twice/,
  },
  {
    name: 'express-idempotency, an error reported after the effect',
    start: () => startIdempotentNodeServer('gives-up'),
    verdict: 'fail',
    says: /processed more than once after the connection was cut: \d+ of 24/,
  },
  {
    name: 'express-idempotency, answered before the effect',
    start: () => startIdempotentNodeServer('answers-first'),
    verdict: 'fail',
    says: /lost after the connection was cut: \d+ of 24/,
  },
  {
    name: 'express-idempotency, keys in a slow store without a unique index',
    start: () => startIdempotentNodeServer('slow-keys'),
    verdict: 'fail',
    says: /processed more than once after the connection was cut: \d+ of 24/,
  },
  {
    name: 'asgi-idempotency-header: exactly once',
    start: () => startIdempotentPythonServer('healthy'),
    verdict: 'pass',
    says: /none lost, none (surely )?processed twice/,
  },
  {
    name: 'asgi-idempotency-header, the key let go after the effect',
    start: () => startIdempotentPythonServer('gives-up'),
    verdict: 'fail',
    says: /processed more than once after the connection was cut: \d+ of 24/,
  },
  {
    name: 'asgi-idempotency-header, answered without the effect',
    start: () => startIdempotentPythonServer('skips'),
    verdict: 'fail',
    says: /lost after the connection was cut: \d+ of 24/,
  },
  {
    name: 'asgi-idempotency-header, a key that is in progress for ever',
    start: () => startIdempotentPythonServer('raises'),
    verdict: 'fail',
    says: /stuck in progress/,
  },
];

describe('idempotency libraries of others under redelivery', { concurrency: 3 }, () => {
  for (const { name, start, verdict, says } of cases) {
    test(`redelivery: ${name}`, async () => {
      const server = await start();
      try {
        const run = await stress(['redelivery', '--pid', String(server.pid)], {
          BASE_URL: server.url,
          STRESS_PROFILE: join(import.meta.dirname, '..', 'third-party', 'idempotency.config.json'),
          WEBHOOK_TOKEN: webhooks,
          WEBHOOK_SECRET: webhooks,
          REDELIVERY_SIGNALS: '28',
          MIN_LEGITIMATE: '0',
        });
        const finding = assertJudged(run, 'exactly-once', verdict);
        if (finding !== null) assert.match(finding.summary, says);
        assertJudged(run, 'worker-crashes', 'pass');
      } finally {
        await server.stop();
      }
    });
  }
});
