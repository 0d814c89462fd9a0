import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestServer } from '../fixtures/servers.ts';
import { startExpressServer, startFastifyLimitServer } from '../third-party/servers.ts';
import { statuses, statusOf, stress } from './stress.ts';

const webhooks = Array.from({ length: 30 }, (_, n) => `hook-${n}`).join(',');

/** Limiters of others that tell of themselves in headers, right and spoiled. */
const cases: readonly {
  readonly name: string;
  readonly start: () => Promise<TestServer>;
  readonly status: 'pass' | 'warn';
  readonly words: readonly RegExp[];
}[] = [
  {
    name: 'express-rate-limit, draft 8',
    start: () => startExpressServer('draft-8'),
    status: 'pass',
    words: [
      /RateLimit \(drafts 8 to 10\): well-formed and not contradicted in (\d+) of \1 answers/,
      /Retry-After is well-formed and not contradicted in (\d+) of \1 throttled requests/,
    ],
  },
  {
    name: 'express-rate-limit, draft 8, of which all always remains',
    start: () => startExpressServer('draft-8', 'stuck'),
    status: 'warn',
    words: [/RateLimit headers say that more remains than does.*r=10.*but after max \d+ more a request was throttled/],
  },
  {
    name: 'express-rate-limit, X-RateLimit with a time, and a Retry-After that is one',
    start: () => startExpressServer('legacy', 'epoch'),
    status: 'warn',
    words: [
      /Retry-After is malformed in (\d+) of \1 throttled requests: "Retry-After: 1\d{9}" is a time, not seconds; RFC 9110/,
      /X-RateLimit-Limit, -Remaining, -Reset: well-formed and not contradicted/,
    ],
  },
  {
    name: '@fastify/rate-limit, ratelimit, in milliseconds',
    start: () => startFastifyLimitServer('draft', 'milliseconds'),
    status: 'warn',
    words: [
      /Retry-After is wrong: up to 16\.67 min.*"Retry-After: 1000" looks like milliseconds/,
      /RateLimit headers say too long a reset/,
    ],
  },
];

describe('headers of others are judged as they deserve', { concurrency: 3 }, () => {
  for (const { name, start, status, words } of cases) {
    test(`headers: ${name}`, async () => {
      const server = await start();
      try {
        const { report, output } = await stress(['rate-limit', '--pid', String(server.pid)], {
          BASE_URL: server.url,
          STRESS_PROFILE: join(import.meta.dirname, '..', 'third-party', 'node.config.json'),
          WEBHOOK_TOKEN: webhooks,
          WEBHOOK_SECRET: webhooks,
          RATE_LIMIT_PROBE_SECONDS: '3',
          RATE_LIMIT_BURSTS: '10',
          RATE_LIMIT_OFFSETS: '5',
        });
        // A stall of a busy machine leaves the limiter open, and what the headers say stands.
        const of = statusOf(report, 'rate-limiter');
        assert.ok(of === status || of === 'inconclusive', `${statuses(report)}\n${output}`);
        const finding = report.findings.find(({ criterion }) => criterion === 'rate-limiter');
        const parts = (finding?.parts ?? []).filter(({ summary }) => /Retry-After|RateLimit/.test(summary));
        assert.equal(parts.length, 2, output);
        assert.equal(
          parts.some((part) => part.status === 'warn'),
          status === 'warn',
          output,
        );
        const text = parts.map(({ summary }) => summary).join('\n');
        for (const pattern of words) assert.match(text, pattern);
      } finally {
        await server.stop();
      }
    });
  }
});
