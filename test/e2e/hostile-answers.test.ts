import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { type HostileServer, hostileAnswers, startHostileServer } from '../fixtures/hostile-server.ts';
import { runScenario, type ScenarioRun } from './scenario-run.ts';

// Whatever a server answers ends as what it is, and k6 stays small. Rounds of 100 signals at one instant, from a VU each, to webhooks that
// are answered in one way each.

const names = Object.keys(hostileAnswers);
const ways = names.map((_, way) => String(way)).join(',');
const [rounds, perWebhook] = [2, Math.ceil(100 / names.length)];
const maxBytes = 300e6;

let server: HostileServer;
let run: ScenarioRun;

before(async () => {
  // Nothing but the sender's own bounds keeps it small.
  process.env.GOMEMLIMIT = 'off';
  server = await startHostileServer();
  const { profile, problems } = readProfile({
    name: 'hostile',
    answers: [
      { outcome: 'accepted', statuses: [200] },
      { outcome: 'limited', statuses: [429] },
    ],
    limiter: { kind: 'fixed', limit: perWebhook + 2, windowMs: 1000 },
    idempotency: { kind: 'none' },
    provisioning: { kind: 'given' },
    request: { path: '/hook/{token}' },
  });
  assert.deepEqual(problems, []);
  run = await runScenario('concurrency', {
    BASE_URL: server.url,
    STRESS_PROFILE: JSON.stringify(profile),
    CONCURRENCY_ROUNDS: String(rounds),
    CONCURRENCY_WEBHOOKS: String(names.length),
    MIN_LEGITIMATE: '0',
    // On a busy machine the last of a round is answered after two seconds.
    REQUEST_TIMEOUT_MS: '4000',
    WEBHOOK_TOKEN: ways,
    WEBHOOK_SECRET: ways,
  });
});
after(() => server.close());

for (const [way, name] of names.entries()) {
  test(`${name}: each request ends as what it is`, () => {
    const own = run.signals.filter(({ webhook }) => webhook === way);
    const counts = new Map<string, number>();
    for (const { outcome, status, error } of own) {
      const ending = `${outcome} ${status} ${error ?? '-'}`;
      counts.set(ending, (counts.get(ending) ?? 0) + 1);
    }
    const { outcome, status, error } = hostileAnswers[name] ?? assert.fail();
    assert.ok(own.length >= rounds * perWebhook, `${own.length} sent`);
    assert.deepEqual(Object.fromEntries(counts), { [`${outcome} ${status} ${error ?? '-'}`]: own.length });
    assert.equal(server.read[way], own.length, 'each was sent once');
  });
}

test('k6 stays below 300 MB', { skip: process.platform === 'linux' ? false : 'no /proc' }, (t) => {
  t.diagnostic(`${(run.peakBytes / 1e6).toFixed(0)} MB for ${names.length * perWebhook} VUs`);
  assert.ok(run.peakBytes > 10e6, `${run.peakBytes}`);
  assert.ok(run.peakBytes < maxBytes, `${(run.peakBytes / 1e6).toFixed(0)} MB`);
});
