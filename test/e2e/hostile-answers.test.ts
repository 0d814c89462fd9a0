import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { type HostileServer, hostileAnswers, startHostileServer } from '../fixtures/hostile-server.ts';
import { runScenario, type ScenarioRun } from './scenario-run.ts';

// Whatever a server answers ends as what it is, and k6 stays small. Rounds of 100 signals at one instant, from a VU each, to webhooks that
// are answered in one way each.

const names = Object.keys(hostileAnswers);
const waysOf = (count: number, wayAt: (place: number) => number): string =>
  Array.from({ length: count }, (_, place) => `${wayAt(place)}-${place}`).join(',');
const [rounds, vus] = [2, 100];
const perWebhook = Math.ceil(vus / names.length);
const manyNames = 'a header a name, and silence';
const maxBytes = 300e6;

let server: HostileServer;
const readInFirst: number[] = [];
let run: ScenarioRun;
/** All answered in the way that would take the most memory. */
let ofManyNames: ScenarioRun;

async function runOn(webhooks: number, wayAt: (place: number) => number): Promise<ScenarioRun> {
  const perWebhook = Math.ceil(vus / webhooks);
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
  const ways = waysOf(webhooks, wayAt);
  return runScenario('concurrency', {
    BASE_URL: server.url,
    STRESS_PROFILE: JSON.stringify(profile),
    CONCURRENCY_ROUNDS: String(rounds),
    CONCURRENCY_WEBHOOKS: String(webhooks),
    MIN_LEGITIMATE: '0',
    // On a busy machine the last of a round is answered after two seconds.
    REQUEST_TIMEOUT_MS: '4000',
    WEBHOOK_TOKEN: ways,
    WEBHOOK_SECRET: ways,
  });
}

before(async () => {
  // Nothing but the sender's own bounds keeps it small.
  process.env.GOMEMLIMIT = 'off';
  server = await startHostileServer();
  run = await runOn(names.length, (place) => place);
  readInFirst.push(...server.read);
  ofManyNames = await runOn(10, () => names.indexOf(manyNames));
});
after(() => server.close());

/** How often a run's signals to these webhooks ended in each way. */
function endingsOf(signals: ScenarioRun['signals']): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome, status, error } of signals) {
    const ending = `${outcome} ${status} ${error ?? '-'}`;
    counts[ending] = (counts[ending] ?? 0) + 1;
  }
  return counts;
}

function endingOf(name: string): string {
  const { outcome, status, error } = hostileAnswers[name] ?? assert.fail();
  return `${outcome} ${status} ${error ?? '-'}`;
}

for (const [way, name] of names.entries()) {
  test(`${name}: each request ends as what it is`, () => {
    const own = run.signals.filter(({ webhook }) => webhook === way);
    assert.ok(own.length >= rounds * perWebhook, `${own.length} sent`);
    assert.deepEqual(endingsOf(own), { [endingOf(name)]: own.length });
    assert.equal(readInFirst[way], own.length, 'each was sent once');
  });
}

test(`${manyNames}, for all: each request ends as what it is`, () => {
  const { signals } = ofManyNames;
  assert.ok(signals.length >= rounds * vus, `${signals.length} sent`);
  assert.deepEqual(endingsOf(signals), { [endingOf(manyNames)]: signals.length });
});

test('k6 stays below 300 MB', { skip: process.platform === 'linux' ? false : 'no /proc' }, (t) => {
  for (const { peakBytes } of [run, ofManyNames]) {
    t.diagnostic(`${(peakBytes / 1e6).toFixed(0)} MB for ${vus} VUs`);
    assert.ok(peakBytes > 10e6, `${peakBytes}`);
    assert.ok(peakBytes < maxBytes, `${(peakBytes / 1e6).toFixed(0)} MB`);
  }
});
