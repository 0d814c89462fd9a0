import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { joinSharedKeys } from '../../analysis/interpret/shared-keys.ts';
import { buildReport } from '../../analysis/report.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { type BuiltInScenario, defaultScenarios } from '../../contract/plan/scenarios.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';
import { seed } from '../fixtures/seed.ts';
import { simulatedRun } from '../fixtures/simulated-run.ts';
import type { KeyOf } from '../fixtures/simulated-server.ts';
import { limitedBy, profile, sizesWith } from './plan-cases.ts';

// Servers that take signals for one by another key than most: plans are executed, and the real rules judge what came of it.

const declared = (idempotency: object): TargetProfile => ({
  ...profile,
  limiter: { kind: 'none' },
  monitoring: { health: null, redis: null, database: null, metrics: null, collect: null },
  idempotency: { kind: 'ttl', ttlMs: 1000, order: 'before-limiter', repeatRefreshes: false, ...idempotency },
});

const byAction: KeyOf = ({ action }, webhook) => `${webhook} ${action}`;
const byId: KeyOf = ({ signal_id: id }) => id;
const byIdOnWebhook: KeyOf = ({ signal_id: id }, webhook) => `${webhook} ${id}`;
const byTickerForAll: KeyOf = ({ ticker }) => ticker;

function findingsOn(target: TargetProfile, keyOf: KeyOf, names: readonly BuiltInScenario[], givenWebhooks = 0) {
  const sizes = sizesWith({
    ...{ IDEMPOTENCY_ODDS_KEYS: '100', SUSTAINED_SECONDS: '8', LEAK_REQUESTS: '200' },
    ...{ RATE_LIMIT_OFFSETS: '6', RATE_LIMIT_BURSTS: '10' },
  });
  const run = simulatedRun(names, { profile: target, sizes, givenWebhooks, seed, keyOf });
  return buildReport(run, { strict: true, now: new Date(0) }).findings;
}

const healthy: readonly { readonly name: string; readonly idempotency: object; readonly keyOf: KeyOf }[] = [
  { name: '(webhook, action)', idempotency: { fields: ['action'] }, keyOf: byAction },
  { name: 'the id on all webhooks', idempotency: { fields: ['signal_id'], scope: 'all' }, keyOf: byId },
  { name: 'the id on one webhook', idempotency: { fields: ['signal_id'] }, keyOf: byIdOnWebhook },
  { name: 'the ticker on all webhooks', idempotency: { fields: ['ticker'], scope: 'all' }, keyOf: byTickerForAll },
];

describe('a server that keeps the declared key passes', () => {
  for (const { name, idempotency, keyOf } of healthy) {
    const isCoarse = !name.startsWith('the id');
    for (const given of [0, 1, 30]) {
      test(`${name}, ${given === 0 ? 'created' : given} webhooks`, () => {
        const findings = findingsOn(declared(idempotency), keyOf, defaultScenarios, given);
        for (const { criterion, status, summary } of findings) {
          const isDecided = criterion === 'exactly-once' || criterion === 'success-rate';
          assert.ok(isDecided ? status === 'pass' : status !== 'fail', `${criterion} ${status}: ${summary}`);
        }
      });
    }
    for (const order of ['before-limiter', 'after-limiter'] as const) {
      test(`${name}, with a limiter, looked for ${order}`, () => {
        const target: TargetProfile = { ...declared({ ...idempotency, order }), limiter: limitedBy({}).limiter };
        const findings = findingsOn(target, keyOf, defaultScenarios);
        const failed = findings.filter(({ status }) => status === 'fail');
        const limiterFinding = findings.find(({ criterion }) => criterion === 'rate-limiter');
        if (isCoarse && order === 'before-limiter') {
          assert.equal(limiterFinding?.status, 'inconclusive');
          assert.match(
            limiterFinding.summary,
            /the idempotency key \(.*\) has \d values.* are repeats, which use no quota/,
          );
        }
        assert.deepEqual(
          failed.map(({ criterion, summary }) => `${criterion}: ${summary}`),
          [],
        );
      });
    }
  }
});

const broken: readonly {
  readonly name: string;
  readonly idempotency: object;
  readonly keyOf: KeyOf;
  readonly says: RegExp;
}[] = [
  {
    name: 'declared by webhook, kept for all',
    idempotency: { fields: ['signal_id'] },
    keyOf: byId,
    says: /signals of distinct webhooks were taken for duplicates, in 100.0% \(30 of 30/,
  },
  {
    name: 'declared for all, kept by webhook',
    idempotency: { fields: ['signal_id'], scope: 'all' },
    keyOf: byIdOnWebhook,
    says: /30 processed more than once.*; the same signal was accepted by two webhooks, which by idempotency.scope share their keys/,
  },
  {
    name: 'declared by action, kept by id',
    idempotency: { fields: ['action'] },
    keyOf: byIdOnWebhook,
    says: /processed more than once/,
  },
];

describe('a server that keeps another key fails, and it is said why', () => {
  for (const { name, idempotency, keyOf, says } of broken) {
    test(name, () => {
      const findings = findingsOn(declared(idempotency), keyOf, ['idempotency', 'hft']);
      const finding = findings.find(({ criterion }) => criterion === 'exactly-once');
      assert.equal(finding?.status, 'fail', finding?.summary);
      assert.match(finding.summary, says);
    });
  }
});

test('a key that was claimed long after its sender gave up makes the next signal of it a duplicate', () => {
  const target = declared({ fields: ['action'] });
  const judged = (first: Partial<MadeRequest>) => {
    const made = ledgerOf(
      [
        { atMs: 0, outcome: 'timeout', signal: 'run-0', ...first },
        // Of the same action: the server stood still, and took the first one a moment ago.
        { atMs: 9000, outcome: 'duplicate', signal: 'run-2' },
        { atMs: 9000, outcome: 'accepted', signal: 'run-1' },
      ],
      { 'run-0': 1, 'run-2': 0 },
    );
    const run = runOf([{ name: 'hft', ledger: joinSharedKeys(made, target) }], { profile: target });
    return exactlyOnce.judge(run);
  };
  const { status, summary } = judged({ tookMs: 3000 });
  assert.equal(status, 'pass', summary);
  assert.equal(judged({ outcome: 'failed', status: 504, tookMs: 3000 }).status, 'pass');
  const lost = judged({ outcome: 'accepted', tookMs: 3000 });
  assert.equal(lost.status, 'fail', 'that one was decided when it was answered');
  assert.match(lost.summary, /1 lost of 3 signals/);
});
