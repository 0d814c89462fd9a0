import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TargetInput } from '../../contract/profile/profile.ts';
import type { Status } from '../../contract/report/criteria.ts';
import type { TestServer } from '../fixtures/servers.ts';
import { startFastapiKeysServer, startIdempotentPythonServer, startKeyedServer } from '../third-party/servers.ts';
import { assertJudged, statuses, statusOf, stress } from './stress.ts';

// What two signals have in common, and are taken for one by: as declared, and otherwise.

const webhooks = Array.from({ length: 120 }, (_, n) => `hook-${n}`).join(',');
const text = readFileSync(join(import.meta.dirname, '..', 'third-party', 'idempotency.config.json'), 'utf8');

function profileWith(change: Partial<TargetInput>): string {
  const base: TargetInput = JSON.parse(text);
  const file = join(mkdtempSync(join(tmpdir(), 'webhook-stress-keys-')), 'keys.config.json');
  writeFileSync(file, JSON.stringify({ ...base, ...change }));
  return file;
}

/** Of libraries that mark what they send again. */
const library = (scope: 'webhook' | 'all', ttlMs: number | null): Partial<TargetInput> => ({
  idempotency: { kind: 'ttl', ttlMs, headers: ['Idempotency-Key'], scope },
  answers: [
    { outcome: 'duplicate', statuses: [200], header: { name: 'Idempotent-Replayed', equals: 'true' } },
    { outcome: 'accepted', statuses: [200] },
    { outcome: 'pending', statuses: [409] },
    { outcome: 'rejected', statuses: [404, 405, 422] },
  ],
});

const cases: readonly {
  readonly name: string;
  readonly start: () => Promise<TestServer>;
  readonly declared: Partial<TargetInput>;
  readonly verdict: Status;
  readonly says: RegExp;
}[] = [
  {
    name: 'a key of (webhook, action) for a second, declared',
    start: () => startKeyedServer(['webhook', 'action']),
    declared: { idempotency: { kind: 'ttl', ttlMs: 1000, fields: ['action'] } },
    verdict: 'pass',
    says: /none lost, none (surely )?processed twice/,
  },
  {
    name: 'a key of (webhook, action), declared finer',
    start: () => startKeyedServer(['webhook', 'action']),
    declared: { idempotency: { kind: 'ttl', ttlMs: 1000 } },
    verdict: 'fail',
    says: /distinct signals were answered with another signal's answer: taken for duplicates/,
  },
  {
    name: 'a key without the webhook, declared as of the webhook',
    start: () => startKeyedServer(['signal_id']),
    declared: { idempotency: { kind: 'ttl', ttlMs: 1000 } },
    verdict: 'fail',
    says: /signals of distinct webhooks were taken for duplicates, in 100\.0% \(\d of/,
  },
  {
    name: 'a key of the tenant and the id, declared',
    start: () => startKeyedServer(['tenant', 'signal_id']),
    declared: { idempotency: { kind: 'ttl', ttlMs: 1000, scope: 'client' } },
    verdict: 'pass',
    says: /none lost, none (surely )?processed twice/,
  },
  {
    name: 'a key without the tenant, declared as of the tenant',
    start: () => startKeyedServer(['signal_id']),
    declared: { idempotency: { kind: 'ttl', ttlMs: 1000, scope: 'client' } },
    verdict: 'fail',
    says: /the key is shared by tenants: signals of distinct tenants were taken for duplicates, in 100\.0% \(\d of/,
  },
  {
    name: 'asgi-idempotency-header: the key in a header, shared by all webhooks',
    start: () => startIdempotentPythonServer('healthy'),
    declared: library('all', null),
    verdict: 'pass',
    says: /none lost, none (surely )?processed twice/,
  },
  {
    name: 'fastapi-idempotency: the key in a header, of the webhook',
    start: () => startFastapiKeysServer('webhook'),
    declared: library('webhook', 1000),
    verdict: 'pass',
    says: /none lost, none (surely )?processed twice/,
  },
  {
    name: 'fastapi-idempotency: the key of the client, declared as of the webhook',
    start: () => startFastapiKeysServer('client'),
    declared: library('webhook', 1000),
    verdict: 'fail',
    says: /signals of distinct webhooks were taken for duplicates, in 100\.0% \(\d of/,
  },
];

describe('idempotency by other keys', { concurrency: 3 }, () => {
  for (const { name, start, declared, verdict, says } of cases) {
    test(name, async () => {
      const server = await start();
      try {
        const run = await stress(['idempotency', '--pid', String(server.pid)], {
          BASE_URL: server.url,
          STRESS_PROFILE: profileWith(declared),
          WEBHOOK_TOKEN: webhooks,
          WEBHOOK_SECRET: webhooks,
          SECOND_WEBHOOK_TOKEN: 'other-0',
          SECOND_WEBHOOK_SECRET: 'other-0',
          IDEMPOTENCY_KEYS: '4',
          IDEMPOTENCY_ODDS_KEYS: '0',
          MIN_LEGITIMATE: '0',
          AUTHENTICATION_SIGNALS: '0',
        });
        const finding = assertJudged(run, 'exactly-once', verdict);
        if (finding !== null) assert.match(finding.summary, says);
        assert.notEqual(statusOf(run.report, 'success-rate'), 'fail', statuses(run.report));
      } finally {
        await server.stop();
      }
    });
  }
});
