import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { uuidOf } from '../../contract/plan/signal-id.ts';
import type { TargetInput } from '../../contract/profile/profile.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { type Arrived, startUuidServer, uuidAccess, uuidProfile } from '../fixtures/uuid-server.ts';
import { runScenario } from './scenario-run.ts';
import { assertJudged, startStress, statuses, stress } from './stress.ts';

// A server that refuses every id but a UUID, and what its profile sends.

function fileOf(profile: TargetInput): string {
  const file = join(mkdtempSync(join(tmpdir(), 'webhook-stress-uuid-')), 'uuid.config.json');
  writeFileSync(file, JSON.stringify(profile));
  return file;
}

const sizes = { IDEMPOTENCY_KEYS: '4', IDEMPOTENCY_TOGETHER: '2', IDEMPOTENCY_ODDS_KEYS: '0', MIN_LEGITIMATE: '0' };

test('a run with repeats, false signatures and read-back is judged by the UUIDs', async () => {
  const server = await startUuidServer();
  try {
    const profile = fileOf(uuidProfile(server.url));
    const run = await stress(['idempotency', '--profile', profile], { ...sizes, ...uuidAccess });
    const { report, output } = run;
    const told = `${statuses(report)}\n${output}`;
    const finding = assertJudged(run, 'exactly-once', 'pass');
    if (finding !== null) assert.match(finding.summary, /none lost, none (surely )?processed twice/, told);
    const { evidence = [] } = report.findings.find(({ criterion }) => criterion === 'exactly-once') ?? {};
    assert.doesNotMatch(evidence.join('\n'), /of other ids read back/, told);
    assertJudged(run, 'authentication', 'pass');
    const counts = (status: number): number => server.arrived.filter((one) => one.status === status).length;
    assert.equal(counts(422), 0);
    const accepted = server.arrived.filter(({ status }) => status === 202);
    const isShared = (what: (one: Arrived) => unknown): boolean =>
      accepted.some((one) => accepted.some((other) => one.key === other.key && what(one) !== what(other)));
    assert.ok(
      isShared(({ path }) => path),
      'one UUID to two webhooks',
    );
    assert.ok(
      isShared(({ body }) => JSON.parse(body).symbol),
      'one UUID with two symbols',
    );
    assert.ok(counts(202) > 10 && counts(409) > 4 && counts(401) > 4, `${counts(202)}, ${counts(409)}, ${counts(401)}`);
  } finally {
    server.stop();
  }
});

test('an id that is no UUID is refused before the load, and the word for one is named', async () => {
  const server = await startUuidServer();
  try {
    const { request, ...rest } = uuidProfile(server.url);
    const profile = fileOf({
      ...rest,
      request: { ...request, path: '/hooks/{token}', headers: {}, body: { order_id: '{id}', symbol: '{ticker}' } },
      secret: { in: 'signature', headers: { 'X-Signature': '{signature}' } },
      idempotency: { kind: 'ttl', ttlMs: 1000, fields: ['order_id'] },
    });
    const run = startStress(['idempotency', '--profile', profile], { ...sizes, ...uuidAccess });
    assert.equal((await run.ended()).exitCode, 2, run.output());
    assert.match(run.output().replace(/\s+/g, ' '), /write \{uuid\} for \{id\}/);
    assert.deepEqual([...new Set(server.arrived.map(({ status }) => status))], [422], 'no load was sent');
  } finally {
    server.stop();
  }
});

/** The requests of one scenario, as they arrived. */
async function sentBy(sender: 'native' | 'k6-http'): Promise<readonly Arrived[]> {
  const server = await startUuidServer();
  try {
    const { profile, problems } = readProfile(uuidProfile(server.url));
    assert.deepEqual(problems, []);
    const { signals } = await runScenario('concurrency', {
      ...{ STRESS_SENDER: sender, STRESS_RUN_TAG: 'mwwc5zft6glv08', STRESS_PROFILE: JSON.stringify(profile) },
      ...{ BASE_URL: server.url, CONCURRENCY_ROUNDS: '1', CONCURRENCY_WEBHOOKS: '2', MIN_LEGITIMATE: '0' },
      ...uuidAccess,
    });
    const keys = server.arrived.map(({ key }) => key);
    assert.deepEqual(keys.toSorted(), signals.map(({ signal = '' }) => `ord_${uuidOf(signal)}`).toSorted(), sender);
    return server.arrived;
  } finally {
    server.stop();
  }
}

test('our k6 and k6/http send the same bytes, and the ledger knows each signal by its id', async () => {
  const native = await sentBy('native');
  const stock = await sentBy('k6-http');
  const texts = (all: readonly Arrived[]): readonly string[] =>
    all.map(({ path, key, signature, body }) => [path, key, signature, body].join(' ')).toSorted();
  assert.ok(native.length >= 3);
  assert.deepEqual(texts(native), texts(stock));
  assert.ok([...native, ...stock].every(({ status }) => status === 202));
});
