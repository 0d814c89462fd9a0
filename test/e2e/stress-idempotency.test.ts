import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TargetInput } from '../../contract/profile/profile.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { startBackend } from '../fixtures/backend.ts';
import type { TestServer } from '../fixtures/servers.ts';
import { timed } from '../matrix/cell.ts';
import { startIdempotentNodeServer, startIdempotentPythonServer } from '../third-party/servers.ts';
import { assertJudged, statuses, stress } from './stress.ts';

const declared = JSON.parse(
  readFileSync(join(import.meta.dirname, '..', 'third-party', 'idempotency.config.json'), 'utf8'),
) as TargetInput;
type Answers = TargetInput['answers'];
const accepted: Answers = [
  { outcome: 'accepted', statuses: [200] },
  { outcome: 'pending', statuses: [409] },
];
/** As express-idempotency answers. */
const replays: Answers = [
  { outcome: 'duplicate', statuses: [200], body: { is: 'same-as-first' } },
  { outcome: 'changed', statuses: [417] },
  ...accepted,
];
/** As asgi-idempotency-header answers; it looks at no payload. */
const marked: Answers = [
  { outcome: 'duplicate', statuses: [200], header: { name: 'idempotent-replayed', equals: 'true' } },
  ...accepted,
];

const cases: readonly {
  readonly name: string;
  readonly start: () => Promise<TestServer>;
  readonly answers: Answers;
  /** For a day, as the libraries do by default. */
  readonly ttlMs?: null;
  readonly verdict: Status;
  readonly says: RegExp;
}[] = [
  {
    name: 'express-idempotency: in progress and another payload are told',
    start: () => startIdempotentNodeServer('works'),
    answers: replays,
    verdict: 'pass',
    says: /another price under the same key: noticed and told in (\d) of \1 cases/,
  },
  {
    name: 'express-idempotency, whatever the payload is',
    start: () => startIdempotentNodeServer('same-intent'),
    answers: replays,
    verdict: 'fail',
    says: /a changed payload under the same key is answered as a duplicate, declared is that it is told: 100/,
  },
  {
    name: 'asgi-idempotency-header: replays are marked by a header',
    start: () => startIdempotentPythonServer('works'),
    answers: marked,
    verdict: 'pass',
    says: /another price under the same key: ignored, the first price stands, in (\d) of \1 cases/,
  },
  {
    name: 'asgi-idempotency-header, keys kept for ever',
    start: () => startIdempotentPythonServer('healthy'),
    answers: marked,
    ttlMs: null,
    verdict: 'pass',
    says: /expiry not judged: keys are kept for ever; recognized after up to 3\d\d\d ms/,
  },
];

function profileFile(changes: Partial<TargetInput>): string {
  const file = join(mkdtempSync(join(tmpdir(), 'idempotency-')), 'profile.json');
  writeFileSync(file, JSON.stringify({ ...declared, ...changes }));
  return file;
}

const webhooks = Array.from({ length: 10 }, (_, n) => `hook-${n}`).join(',');

describe('answers of idempotency libraries of others', { concurrency: 4 }, () => {
  for (const { name, start, answers, ttlMs, verdict, says } of cases) {
    test(`idempotency: ${name}`, async () => {
      const server = await start();
      const { idempotency } = declared;
      const kept = ttlMs === undefined ? idempotency : { ...idempotency, kind: 'ttl' as const, ttlMs };
      try {
        const run = await stress(['idempotency', '--pid', String(server.pid)], {
          BASE_URL: server.url,
          STRESS_PROFILE: profileFile({ answers, idempotency: kept }),
          WEBHOOK_TOKEN: webhooks,
          WEBHOOK_SECRET: webhooks,
          IDEMPOTENCY_KEYS: '6',
          AUTHENTICATION_SIGNALS: '1',
          MIN_LEGITIMATE: '0',
        });
        const finding = assertJudged(run, 'exactly-once', verdict);
        if (finding !== null) assert.match([finding.summary, ...finding.evidence].join('\n'), says);
        assertJudged(run, 'error-rate', 'pass');
      } finally {
        await server.stop();
      }
    });
  }
});

/** The embedded backend as it promises, and as it is. */
const own: readonly {
  readonly name: string;
  readonly faults: readonly string[];
  readonly tolerance?: number;
  readonly verdict: Status;
  readonly says: RegExp;
}[] = [
  {
    name: 'another payload is told, and replays are marked',
    faults: ['tells-changed', 'marks-replays'],
    verdict: 'pass',
    says: /another price under the same key: noticed and told in (\d) of \1 cases/,
  },
  {
    name: 'another payload is processed',
    faults: ['changed-processed'],
    verdict: 'fail',
    says: /a changed payload under the same key is taken as a new signal, declared is that it is told: 100/,
  },
  {
    name: 'a store that sweeps, as declared',
    faults: ['keys-swept', 'tells-changed'],
    tolerance: 200,
    verdict: 'pass',
    says: /TTL kept from both sides/,
  },
  {
    name: 'a store that sweeps, undeclared',
    faults: ['keys-swept', 'tells-changed'],
    verdict: 'fail',
    says: /keys live .*declare ttlMs/,
  },
];

describe('answers of the embedded backend', { concurrency: 4 }, () => {
  for (const { name, faults, tolerance, verdict, says } of own) {
    test(`idempotency: ${name}`, async () => {
      const { embedded } = builtInProfiles;
      const profile = profileFile({
        ...embedded,
        answers: [{ outcome: 'changed', statuses: [422] }, ...embedded.answers],
        idempotency: {
          ...embedded.idempotency,
          kind: 'ttl',
          ttlMs: 1000 + (tolerance ?? 0),
          ...(tolerance === undefined ? {} : { toleranceMs: tolerance }),
        },
      });
      // Keys live for a second, and on to the next sweep.
      const backend = await startBackend(['--workers', '1', ...faults.flatMap((fault) => ['--fault', fault])]);
      try {
        const run = await stress(['idempotency', '--profile', profile, '--pid', String(backend.pid)], {
          BASE_URL: backend.baseUrl,
          IDEMPOTENCY_KEYS: '6',
          AUTHENTICATION_SIGNALS: '1',
          MIN_LEGITIMATE: '0',
        });
        const finding = assertJudged(run, 'exactly-once', verdict);
        if (finding !== null) assert.match([finding.summary, ...finding.evidence].join('\n'), says);
        // Of repeats that a store forgot too late, some had to succeed.
        const isOther = (criterion: string): boolean =>
          !['exactly-once', 'success-rate', ...timed].some((each) => each === criterion);
        const { report } = run;
        assert.deepEqual(
          report.findings
            .filter(({ criterion, status }) => status === 'fail' && isOther(criterion))
            .map(({ title }) => title),
          [],
          statuses(report),
        );
      } finally {
        await backend.stop();
      }
    });
  }
});
