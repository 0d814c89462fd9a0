import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type BuiltInProfileName, builtInProfiles } from '../../profiles/built-in.ts';
import { startSignedServer } from '../third-party/servers.ts';
import { statuses, statusOf, stress } from './stress.ts';

const small = {
  LIMIT_WINDOW_MS: '500',
  IDEMPOTENCY_TTL_MS: '500',
  IDEMPOTENCY_KEYS: '3',
  IDEMPOTENCY_TOGETHER: '2',
  MIN_LEGITIMATE: '0',
  // A signal that is called a duplicate and was not processed is waited for.
  READBACK_SETTLE_MS: '3000',
} as const;

/** The embedded backend with faults, and what is said of it; the last one is the healthy twin. */
const cases: readonly {
  readonly faults: readonly string[];
  readonly signature: BuiltInProfileName | null;
  readonly said: string | RegExp;
  /** Left out: fail with faults, else pass. */
  readonly status?: 'warn';
}[] = [
  {
    faults: ['accepts-any-signature', 'accepts-missing-signature', 'accepts-stale'],
    signature: 'stripe',
    said: [
      'a wrong signature',
      'no signature',
      'a signature by another secret',
      'a malformed signature',
      'the signature of another body',
      'a stale timestamp',
    ]
      .map((what) => `accepted 8 of 8 signals with ${what}, 8 of them processed`)
      .join('; '),
  },
  {
    faults: ['processes-refused'],
    signature: null,
    said: ['a wrong secret', 'no secret', 'another secret']
      .map((what) => `processed 8 signals with ${what} that it did not accept`)
      .join('; '),
  },
  // Its keys live for as long as the probe needs, unless the machine stalls.
  {
    faults: ['key-before-check'],
    signature: null,
    said: /^took [1-3] of [1-3] right signals? for duplicates of false ones that it had refused: /,
  },
  {
    faults: ['signs-reserialized-body'],
    signature: 'github',
    said: /^refused 8 of 8 right signals whose body has spaces in it, and none without: /,
    status: 'warn',
  },
  { faults: [], signature: 'github', said: '40 false signals refused, and none had an effect' },
  { faults: [], signature: 'twilio', said: '40 false signals refused, and none had an effect' },
];

describe('authentication on the embedded backend', { concurrency: 3 }, () => {
  for (const { faults, signature, said, status } of cases) {
    test(`${faults.join(', ') || 'healthy'}, signed as ${signature ?? 'nothing: a secret in the query'}`, async () => {
      const { report, output } = await stress(
        [
          'idempotency',
          ...(signature === null ? [] : ['--signature', signature]),
          ...faults.flatMap((fault) => ['--fault', fault]),
        ],
        small,
      );
      const finding = report.findings.find(({ criterion }) => criterion === 'authentication');
      const expected = status ?? (faults.length === 0 ? 'pass' : 'fail');
      assert.equal(finding?.status, expected, `${statuses(report)}\n${output}`);
      if (said instanceof RegExp) assert.match(finding?.summary ?? '', said);
      else assert.equal(finding?.summary, said);
      // Nothing else is accused for it.
      for (const criterion of ['exactly-once', 'rate-limiter'] as const) {
        assert.notEqual(statusOf(report, criterion), 'fail', statuses(report));
      }
      assert.deepEqual(report.gaps, []);
    });
  }
});

describe('a server whose signatures are checked by the library of Standard Webhooks', { concurrency: 2 }, () => {
  const secret = 'whsec_MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0';
  for (const checks of [true, false]) {
    test(checks ? 'is right' : 'is told that the check is missing', async () => {
      const server = await startSignedServer(secret, checks);
      try {
        const profile = join(mkdtempSync(join(tmpdir(), 'signed-')), 'stress.config.json');
        const ready = builtInProfiles['standard-webhooks'];
        writeFileSync(
          profile,
          JSON.stringify({
            ...ready,
            baseUrl: server.url,
            request: { ...ready.request, path: '/hooks/{token}' },
            limiter: { kind: 'none' },
            idempotency: { kind: 'none' },
            readback: { kind: 'url', path: '/hooks/{token}/signals', processedAtUs: null, next: null, total: null },
            provisioning: { kind: 'given' },
            monitoring: { health: '/health', redis: null, database: null },
            redis: 'none',
            database: 'none',
          }),
        );
        const tokens = ['a', 'b', 'c', 'd', 'e'];
        const { report, output } = await stress(['burst', 'idempotency', '--profile', profile], {
          ...{ IDEMPOTENCY_KEYS: '3', IDEMPOTENCY_TOGETHER: '2', MIN_LEGITIMATE: '0', BURST_SIGNALS: '20' },
          WEBHOOK_TOKEN: tokens.join(','),
          WEBHOOK_SECRET: tokens.map(() => secret).join(','),
        });
        const finding = report.findings.find(({ criterion }) => criterion === 'authentication');
        assert.equal(finding?.status, checks ? 'pass' : 'fail', `${statuses(report)}\n${output}`);
        if (checks) return;
        for (const what of [
          'a wrong signature',
          'no signature',
          'a malformed signature',
          'a stale timestamp',
          'the signature of another body',
        ]) {
          assert.ok(
            finding?.summary.includes(`accepted 8 of 8 signals with ${what}, 8 of them processed`),
            finding?.summary,
          );
        }
      } finally {
        await server.stop();
      }
    });
  }
});
