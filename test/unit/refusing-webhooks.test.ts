import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryIn } from '../../analysis/delivery/scenario-delivery.ts';
import { addHints, hintsIn } from '../../analysis/outcomes/hints.ts';
import { errorRate } from '../../analysis/rules/error-rate.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { successRate } from '../../analysis/rules/success-rate.ts';
import { settingsHints } from '../../analysis/settings-hints.ts';
import type { DrainState } from '../../contract/journal/drain.ts';
import { roles } from '../../contract/plan/roles.ts';
import { makeSignalId, onWebhook } from '../../contract/plan/signal-id.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { ledgerOf, type MadeRequest, runOf, startUs } from '../fixtures/run.ts';

const { embedded } = builtInProfiles;
const given: TargetProfile = {
  ...embedded,
  provisioning: { kind: 'given' },
  limiter: { kind: 'none' },
  request: { ...embedded.request, path: '/hook/{token}' },
};

/** Signals to four webhooks in turn; `statusOf` says how each is answered, null: accepted. */
function sent(statusOf: (webhook: number, n: number) => number | null, n = 120): MadeRequest[] {
  return Array.from({ length: n }, (_, at) => {
    const webhook = at % 4;
    const status = statusOf(webhook, at);
    const outcome = status === null ? 'accepted' : status >= 500 ? 'failed' : 'rejected';
    return { atMs: at * 20, webhook, outcome, phase: 'sustained', ...(status === null ? {} : { status }) };
  });
}

const runWith = (requests: readonly MadeRequest[]) =>
  runOf([{ name: 'sustained', ledger: ledgerOf(requests) }], { profile: given });

function findings(requests: readonly MadeRequest[]) {
  const run = runWith(requests);
  return [successRate, errorRate].map((rule) => {
    const { status, summary, evidence = [] } = rule.judge(run);
    return { status, summary, evidence };
  });
}

const named = (requests: readonly MadeRequest[]): readonly string[] => settingsHints(runWith(requests)).webhooks;

test('findings name the one webhook that refuses, by number and path, with its counts beside the others', () => {
  for (const status of [401, 403, 404]) {
    for (const found of findings(sent((webhook) => (webhook === 2 ? status : null)))) {
      assert.notEqual(found.status, 'pass');
      assert.ok(found.summary.endsWith(`; webhook 2 answered 30 of 30 signals with ${status}`), found.summary);
      assert.equal(
        found.evidence[0],
        `webhook 2 (POST /hook/{token}, value 3 of WEBHOOK_TOKEN and WEBHOOK_SECRET) answered 30 of 30 signals with ${status}, the 3 others 0 of 90: are its token and secret right?`,
      );
    }
  }
});

test('a webhook that refuses is named where the criterion passes, too', () => {
  const [success] = findings(sent((webhook, n) => (webhook === 3 && n < 20 ? 401 : null), 400));
  assert.equal(success?.status, 'pass');
  assert.match(
    success?.evidence.join() ?? '',
    /webhook 3 .* answered 5 of 100 signals with 401, the 3 others 0 of 300/,
  );
});

test('of several that refuse each is named, and of many some', () => {
  assert.equal(named(sent((webhook) => (webhook < 2 ? 403 : null))).length, 2);
  const many = Array.from({ length: 300 }, (_, at): MadeRequest => {
    const isRefused = at % 15 < 5;
    return {
      atMs: at * 20,
      webhook: at % 15,
      outcome: isRefused ? 'rejected' : 'accepted',
      status: isRefused ? 401 : 200,
    };
  });
  assert.equal(named(many).at(-1), 'so did webhooks 3, 4');
});

test('where all webhooks answer alike, or too little tells them apart, none is named', () => {
  for (const requests of [
    sent(() => null),
    sent(() => 401),
    sent((_, n) => (n % 3 === 0 ? 401 : null)),
    sent((webhook) => (webhook === 2 ? 401 : null), 8),
    sent((webhook, n) => (webhook === 2 && n < 12 ? 500 : null)),
  ]) {
    assert.deepEqual(named(requests), []);
  }
  assert.match(named(sent((webhook) => (webhook === 2 ? 500 : null))).join(), /webhook 2 .* 30 of 30 signals with 500/);
});

test('what the limiter refused is left out of the counts', () => {
  const throttled = Array.from(
    { length: 50 },
    (_, n): MadeRequest => ({ atMs: n, webhook: 2, outcome: 'limited', status: 429 }),
  );
  assert.match(
    named([...sent((webhook) => (webhook === 2 ? 401 : null)), ...throttled]).join(),
    /webhook 2 .* answered 30 of 30 signals with 401/,
  );
});

test('the number of a webhook that was created says nothing in another scenario', () => {
  const ledger = ledgerOf([
    { atMs: 0, outcome: 'accepted', purpose: 'setup' },
    ...sent((webhook) => (webhook === 2 ? 404 : null)),
  ]);
  const hints = (profile: TargetProfile) => settingsHints(runOf([{ name: 'sustained', ledger }], { profile })).webhooks;
  assert.deepEqual(hints(embedded), []);
  assert.equal(hints(given).length, 1);
});

test('the pieces of a long scenario add up', () => {
  const piece = hintsIn(ledgerOf(sent((webhook) => (webhook === 2 ? 401 : null), 40)));
  assert.deepEqual(addHints(piece, piece).byWebhook.get(2), { signals: 20, refused: new Map([[401, 20]]) });
});

/** Each webhook's list is whole, but that of webhook 2 was answered so, twice. */
function unread(status: number, state: DrainState, profile: TargetProfile = given) {
  const requests = sent(() => null, 40).map((request, n) => ({ ...request, signal: `tag-${n}` }));
  const ledger = ledgerOf(requests);
  for (const webhook of [0, 1, 2, 2, 3]) {
    const isRefused = webhook === 2 && status !== 200;
    ledger.addRequest({
      ...{ sendUs: startUs + 3e6, endUs: startUs + 3e6 + 1000, phase: '', purpose: 'readback', webhook },
      ...{ outcome: isRefused ? 'rejected' : 'accepted', status: webhook === 2 ? status : 200 },
    });
  }
  ledger.readbacks.delete(2);
  ledger.effectTimes.addPoll({ fromUs: startUs, toUs: startUs + 4e6, effects: 30, missing: 10, state });
  return exactlyOnce.judge(runOf([{ name: 'sustained', ledger }], { profile })).summary;
}

test('the finding says whose read-back is incomplete, and how it was answered', () => {
  const readback = { ...embedded.readback, path: '/log/{token}' };
  assert.equal(readback.kind, 'url');
  const profile = { ...given, readback };
  const refused = unread(403, 'settled', profile);
  assert.match(
    refused,
    /the read-back of webhook 2 is incomplete, or two reads in a row never agreed: see docs\/troubleshooting.md, read-back/,
  );
  assert.match(
    refused,
    /the read-back of webhook 2 \(GET \/log\/\{token\}, value 3 of .*\) was answered 2 of 2 times with 403: see readback.path/,
  );
  assert.match(unread(200, 'settled', profile), /was answered with 200, but not with what the profile declares/);
  assert.doesNotMatch(unread(200, 'undrained', profile), /was answered/);
  const atOnce = unread(404, 'settled', { ...given, readback: { ...readback, path: '/log', headers: {} } });
  assert.match(atOnce, /the read-back of GET \/log was answered 2 of 2 times with 404/);
});

/** The same id to webhooks 0 and 1, thirty times. The second of each pair is rejected. */
function pairs(others: readonly MadeRequest[]) {
  const { code, name: phase } = roles['idempotency.other-webhook'];
  const requests = Array.from({ length: 30 }, (_, n) =>
    [0, 1].map((webhook): MadeRequest => {
      const signal = makeSignalId({ runTag: 'tag', code, n, variant: onWebhook(webhook) });
      const answer =
        webhook === 0 ? ({ outcome: 'accepted' } as const) : ({ outcome: 'rejected', status: 401 } as const);
      return { atMs: n * 20 + webhook * 5, webhook, signal, phase, ...answer };
    }),
  ).flat();
  const { complaints } = deliveryIn('idempotency', ledgerOf([...requests, ...others]), given);
  return complaints.map(({ text }) => text).join();
}

test('a webhook that rejects everything does not show that webhooks share their keys', () => {
  assert.match(pairs([]), /signals of distinct webhooks were taken for duplicates/);
  assert.equal(pairs([{ atMs: 900, webhook: 1, outcome: 'rejected', status: 401, signal: 'tag-z9' }]), '');
});
