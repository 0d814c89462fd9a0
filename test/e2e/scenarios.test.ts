import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { gapPhase, idempotencyGaps } from '../../contract/plan/repeats.ts';
import { roles } from '../../contract/plan/roles.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { type Backend, createWebhook, startBackend } from '../fixtures/backend.ts';
import { countOutcomes, runScenario, type ScenarioRun, type Sent } from './scenario-run.ts';

const sizes = {
  MIN_LEGITIMATE: '0',
  RATE_LIMIT_PROBE_SECONDS: '3',
  RATE_LIMIT_OFFSETS: '4',
  RATE_LIMIT_BURSTS: '12',
  CONCURRENCY_ROUNDS: '2',
  CONCURRENCY_WEBHOOKS: '2',
  IDEMPOTENCY_KEYS: '4',
  IDEMPOTENCY_TOGETHER: '5',
  IDEMPOTENCY_ODDS_KEYS: '200',
};

let backend: Backend;
const settings = () => ({
  ...sizes,
  BASE_URL: backend.baseUrl,
  STRESS_PROFILE: JSON.stringify(builtInProfiles.embedded),
});

before(async () => {
  backend = await startBackend();
});
after(() => backend.stop());

const webhooksOf = (sent: readonly Sent[]) =>
  [...new Set(sent.map(({ webhook }) => webhook ?? -1))].toSorted((a, b) => a - b);
const range = (from: number, count: number) => Array.from({ length: count }, (_, n) => from + n);

/** Ids are the numbers 0, 1, 2 … after one letter, each as often as told. */
function hasDenseIds(sent: readonly Sent[], idPrefix: string, each = 1): void {
  const own = sent.filter((one) => one.idPrefix === idPrefix);
  const numbers = own.map(({ signal }) => Number(/(\d+)(~.+)?$/.exec(signal ?? '')?.[1])).toSorted((a, b) => a - b);
  const expected = range(Math.min(...numbers), numbers.length / each).flatMap((n) => new Array<number>(each).fill(n));
  assert.deepEqual(numbers, expected, `ids of idPrefix ${idPrefix}`);
}

/** A steady rate may miss a request at its end, or one that found no VU free, and a late machine ends it late: not by many. */
function isAbout(sent: readonly Sent[], most: number): void {
  assert.ok(sent.length <= most * 1.1 + 1 && sent.length >= most * 0.8, `${sent.length} sent, ${most} expected`);
}

const windowUs = 1_000_000;
const ttlUs = 1_000_000;

/** A late generator sends at once what has become due: refused may only be what had the limit of 10 admitted in the window before. */
function isRefusedRightly(sent: readonly Sent[]): void {
  assert.ok(
    sent.every(({ outcome }) => outcome === 'accepted' || outcome === 'limited'),
    JSON.stringify(countOutcomes(sent)),
  );
  for (const { signal, sendUs, endUs } of sent.filter(({ outcome }) => outcome === 'limited')) {
    const before = sent.filter(
      (other) => other.outcome === 'accepted' && other.sendUs < endUs && other.endUs > sendUs - windowUs,
    );
    assert.ok(before.length >= 10, `${signal} was refused after ${before.length} in its window`);
  }
}

/** Each signal of the phase was sent twice, the second time on the side of the TTL that its gap says, as far as the machine was in time. */
function isRepeatedAt(sent: readonly Sent[], gap: number): void {
  let onItsSide = 0;
  for (const id of new Set(sent.map(({ signal }) => signal))) {
    const [first, second] = sent.filter(({ signal }) => signal === id);
    assert.ok(first !== undefined && second !== undefined);
    assert.equal(first.outcome, 'accepted', id);
    const isWithin = second.endUs - first.sendUs < ttlUs;
    if (!isWithin && second.sendUs - first.endUs < ttlUs) continue;
    assert.equal(second.outcome, isWithin ? 'duplicate' : 'accepted', id);
    if (isWithin === gap < 1) onItsSide += 1;
  }
  assert.ok(onItsSide > 0, `none was repeated after ${gap} TTL`);
}

/** Two copies of each signal: one is a duplicate, unless a late machine sent them so far apart that the TTL was over. */
function isAcceptedOnceWithinTtl(sent: readonly Sent[], signals: number): void {
  const ids = new Set(sent.map(({ signal }) => signal));
  assert.equal(ids.size, signals);
  let within = 0;
  for (const id of ids) {
    const copies = sent.filter(({ signal }) => signal === id);
    assert.equal(copies.length, 2, id);
    const spanUs = Math.max(...copies.map(({ endUs }) => endUs)) - Math.min(...copies.map(({ sendUs }) => sendUs));
    if (spanUs >= ttlUs) continue;
    within += 1;
    assert.deepEqual(countOutcomes(copies), { accepted: 1, duplicate: 1 }, id);
  }
  assert.ok(within > signals / 2, `${within} of ${signals} were sent within the TTL`);
}

function startsBefore(run: ScenarioRun, ...order: readonly string[]): void {
  const firsts = order.map((phase) => run.ofPhase(phase)[0]?.sendUs ?? Number.NaN);
  const lasts = order.map((phase) => run.ofPhase(phase).at(-1)?.sendUs ?? Number.NaN);
  for (let n = 1; n < order.length; n += 1) {
    assert.ok((firsts[n] ?? 0) > (lasts[n - 1] ?? 0) + windowUs, `${order[n]} begins a window after ${order[n - 1]}`);
  }
}

// Two at a time: most of what they do is wait for their instants.
describe('scenarios against the embedded backend', { concurrency: 2 }, () => {
  test('with one given webhook rate-limit asks one question after the other', async () => {
    const { token, secret } = await createWebhook(backend);
    const run = await runScenario('rate-limit', {
      ...settings(),
      RATE_LIMIT_PROBE_SECONDS: '2',
      RATE_LIMIT_OFFSETS: '1',
      RATE_LIMIT_BURSTS: '1',
      WEBHOOK_TOKEN: token,
      WEBHOOK_SECRET: secret,
    });
    startsBefore(
      run,
      roles['limiter.initial-burst'].name,
      roles['limiter.recovery'].name,
      roles['limiter.forwarded'].name,
      roles['limiter.boundary'].name,
      roles['limiter.bursts'].name,
      roles['limiter.legitimate'].name,
      roles['limiter.double'].name,
    );
    assert.deepEqual(webhooksOf(run.signals), [0]);
    assert.deepEqual([run.ofPhase(roles['limiter.noisy'].name), run.ofPhase(roles['limiter.quiet'].name)], [[], []]);
    assert.equal(run.ofPhase(roles['limiter.bursts'].name).length, 30);
  });

  test('rate-limit asks each question on webhooks of its own', async () => {
    const run = await runScenario('rate-limit', settings());
    const { ofPhase } = run;
    const twenty = ofPhase(roles['limiter.initial-burst'].name);
    assert.equal(twenty.length, 20);
    isRefusedRightly(twenty);
    const tookUs = (twenty.at(-1)?.endUs ?? 0) - (twenty[0]?.sendUs ?? 0);
    if (tookUs < windowUs) assert.deepEqual(countOutcomes(twenty), { accepted: 10, limited: 10 });
    assert.ok(twenty.every(({ purpose }) => purpose === 'load'));

    const recovery = ofPhase(roles['limiter.recovery'].name);
    assert.equal(recovery.filter(({ idPrefix }) => idPrefix === 'r').length, 30);
    assert.equal(recovery.at(-1)?.outcome, 'accepted', 'it is polled until it admits again');
    hasDenseIds(recovery, 'r');
    hasDenseIds(recovery, 'p');

    const boundary = ofPhase(roles['limiter.boundary'].name);
    assert.equal(boundary.length, 4 * 21);
    hasDenseIds(boundary, 'e');
    for (const webhook of webhooksOf(boundary)) {
      const [priming, ...others] = boundary.filter((sent) => sent.webhook === webhook);
      assert.equal(Number(/\d+$/.exec(priming?.signal ?? '')?.[0]) % 21, 0, 'the priming request goes first');
      assert.equal(others.length, 20);
    }
    isAbout(ofPhase(roles['limiter.double'].name), 60);
    isAbout(ofPhase(roles['limiter.legitimate'].name), 27);
    isAbout(ofPhase(roles['limiter.noisy'].name), 90);
    isAbout(ofPhase(roles['limiter.quiet'].name), 24);
    isRefusedRightly(ofPhase(roles['limiter.legitimate'].name));
    isRefusedRightly(ofPhase(roles['limiter.quiet'].name));

    const bursts = ofPhase(roles['limiter.bursts'].name);
    assert.equal(bursts.length, 12 * 30);
    assert.deepEqual(webhooksOf(bursts), range(7, 10));
    hasDenseIds(bursts, 'v');
    assert.deepEqual(countOutcomes(ofPhase(roles['limiter.forwarded'].name)), { accepted: 10, limited: 20 });
    assert.deepEqual(
      [
        roles['limiter.initial-burst'].name,
        roles['limiter.recovery'].name,
        roles['limiter.double'].name,
        roles['limiter.legitimate'].name,
        roles['limiter.noisy'].name,
        roles['limiter.quiet'].name,
        roles['limiter.forwarded'].name,
      ].map((phase) => webhooksOf(ofPhase(phase))),
      range(0, 7).map((n) => [n]),
    );
    assert.deepEqual(webhooksOf(boundary), range(17, 4));
  });

  test('idempotency repeats, changes and bursts signals, each webhook within its limit', async () => {
    const run = await runScenario('idempotency', settings());
    const { ofPhase } = run;
    assert.deepEqual(countOutcomes(run.signals).limited, undefined);
    for (const gap of idempotencyGaps) {
      assert.equal(ofPhase(gapPhase(gap)).length, 8);
      isRepeatedAt(ofPhase(gapPhase(gap)), gap);
    }
    hasDenseIds(run.signals, 'g', 2);
    assert.deepEqual(countOutcomes(ofPhase(roles['idempotency.together'].name)), { accepted: 4, duplicate: 16 });
    hasDenseIds(run.signals, 'h', 5);
    assert.deepEqual(countOutcomes(ofPhase(roles['idempotency.refresh'].name)), { accepted: 8, duplicate: 4 });
    hasDenseIds(run.signals, 'x', 3);
    assert.deepEqual(countOutcomes(ofPhase(roles['idempotency.changed-payload'].name)), { accepted: 4, duplicate: 4 });
    hasDenseIds(run.signals, 'y', 2);

    const quota = ofPhase(roles['idempotency.quota'].name);
    assert.equal(quota.filter(({ idPrefix }) => idPrefix === 'k').length, 2 * 21);
    assert.equal(quota.filter(({ idPrefix }) => idPrefix === 'z').length, 2 * 9);
    assert.ok(quota.every(({ purpose }) => purpose === 'probe'));

    const unlike = ofPhase(roles['idempotency.distinct-ticker'].name);
    assert.equal(unlike.length, 8);
    hasDenseIds(unlike, 'u', 2);
    assert.equal(new Set(unlike.map(({ signal }) => signal)).size, 8, 'the ledger tells apart what shares an id');

    isAcceptedOnceWithinTtl(ofPhase(roles['idempotency.odds'].name), 200);
    hasDenseIds(run.signals, 'o', 2);
    assert.equal(webhooksOf(ofPhase(roles['idempotency.odds'].name)).length, 150);
  });

  test('concurrency sends on shared webhooks and on one for each VU', async () => {
    const run = await runScenario('concurrency', settings());
    const together = run.ofPhase(roles['concurrency.shared'].name);
    const apart = run.ofPhase(roles['concurrency.apart'].name);
    assert.deepEqual(countOutcomes(run.signals), { accepted: 64 });
    assert.deepEqual(webhooksOf(together), [0, 1]);
    assert.deepEqual(webhooksOf(apart), range(2, 16));
    hasDenseIds(together, 'c');
    hasDenseIds(apart, 'w');
    assert.equal(
      [...run.effects.values()].reduce((sum, n) => sum + n, 0),
      64,
    );
  });
});
