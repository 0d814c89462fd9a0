import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { quotasOf } from '../../analysis/limiter/headers/quotas.ts';
import { retryAfterValue } from '../../analysis/limiter/headers/retry-after-value.ts';
import type { TestServer } from '../fixtures/servers.ts';
import { startExpressServer, startFastifyLimitServer } from '../third-party/servers.ts';

const spellings = [
  ...['Date', 'Retry-After', 'RateLimit', 'RateLimit-Policy'],
  ...['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'],
  ...['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'],
];

const cases: readonly (readonly [string, () => Promise<TestServer>])[] = [
  ['express-rate-limit draft-6', () => startExpressServer('draft-6')],
  ['express-rate-limit draft-7', () => startExpressServer('draft-7')],
  ['express-rate-limit draft-8', () => startExpressServer('draft-8')],
  ['express-rate-limit legacy', () => startExpressServer('legacy')],
  ['@fastify/rate-limit legacy', () => startFastifyLimitServer('legacy')],
  ['@fastify/rate-limit draft', () => startFastifyLimitServer('draft')],
];

describe('what libraries say of their limits is read', { concurrency: 3 }, () => {
  for (const [name, start] of cases) {
    test(name, async () => {
      const server = await start();
      try {
        // Sent together, so that no window ends between them on a slow machine.
        const answers = await Promise.all(
          Array.from({ length: 12 }, () =>
            fetch(`${server.url}/hooks/a`, {
              method: 'POST',
              headers: { 'Content-Type': 'application/json' },
              body: '{"signal_id":"s"}',
            }),
          ),
        );
        const remaining = answers.map(({ status, headers }) => {
          const set = Object.fromEntries(
            spellings.flatMap((name) => {
              const text = headers.get(name);
              return text === null ? [] : [[name, text]];
            }),
          );
          const { quotas, malformed } = quotasOf(set);
          assert.deepEqual(malformed, []);
          assert.equal(quotas.length, 1);
          assert.equal(quotas[0]?.limit, 10);
          const resetMs = quotas[0]?.reset?.ms ?? -1;
          assert.ok(resetMs >= 0 && resetMs <= 2000, `${resetMs} ms`);
          if (status === 429)
            assert.deepEqual(retryAfterValue(set['Retry-After'] ?? '', set), { form: 'seconds', ms: 1000 });
          return quotas[0]?.remaining ?? -1;
        });
        assert.deepEqual(
          remaining.sort((a, b) => a - b),
          [0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        );
      } finally {
        await server.stop();
      }
    });
  }
});
