import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { secondTenantOf } from '../../contract/profile/second-tenant.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { seed } from '../fixtures/seed.ts';
import { simulatedRun } from '../fixtures/simulated-run.ts';
import type { KeyOf } from '../fixtures/simulated-server.ts';
import { limitedBy, scheduleOf, sizesWith, withSecondTenant } from './plan-cases.ts';

// Two tenants of one server: the same signal of both is two signals.

const { generic } = builtInProfiles;
const given = [{ token: 'one', secret: 's' }];

describe('the second tenant comes from the environment', () => {
  const found = (settings: Readonly<Record<string, string>>, webhooks = given, profile: TargetProfile = generic) =>
    secondTenantOf({ profile, webhooks, settings });

  test('a log-in where webhooks are created, a webhook where they are given; the profile then says so', () => {
    const logIn = found({ SECOND_LOGIN_EMAIL: 'b@example.com', SECOND_LOGIN_PASSWORD: 'p' }, []);
    assert.deepEqual(logIn.tenant, { kind: 'log-in', email: 'b@example.com', password: 'p' });
    const webhook = found({ SECOND_WEBHOOK_TOKEN: 'two', SECOND_WEBHOOK_SECRET: 's2' });
    assert.deepEqual(webhook.tenant, { kind: 'webhook', webhook: { token: 'two', secret: 's2' } });
    for (const { profile, problems } of [logIn, webhook]) {
      assert.equal(profile.provisioning.secondTenant, true);
      assert.deepEqual(problems, []);
    }
    assert.deepEqual(found({}), { tenant: null, profile: generic, problems: [] });
  });

  for (const { settings, webhooks, profile, says } of [
    { settings: { SECOND_LOGIN_EMAIL: 'b' }, webhooks: [], says: /SECOND_LOGIN_PASSWORD is not; set both/ },
    { settings: { SECOND_LOGIN_PASSWORD: 'b' }, webhooks: [], says: /SECOND_LOGIN_EMAIL is not; set both/ },
    {
      settings: { LOGIN_EMAIL: 'a', SECOND_LOGIN_EMAIL: 'a', SECOND_LOGIN_PASSWORD: 'p' },
      webhooks: [],
      says: /is the log-in of LOGIN_EMAIL/,
    },
    {
      settings: { SECOND_WEBHOOK_TOKEN: 'two' },
      webhooks: [],
      says: /webhooks are created, so .* SECOND_LOGIN_EMAIL and SECOND_LOGIN_PASSWORD/,
    },
    {
      settings: { SECOND_LOGIN_EMAIL: 'b', SECOND_LOGIN_PASSWORD: 'p' },
      says: /webhooks are given, so .* SECOND_WEBHOOK_TOKEN/,
    },
    { settings: { SECOND_WEBHOOK_TOKEN: 'two' }, says: /SECOND_WEBHOOK_SECRET is not set/ },
    { settings: { SECOND_WEBHOOK_TOKEN: 'one', SECOND_WEBHOOK_SECRET: 's2' }, says: /is one of WEBHOOK_TOKEN/ },
    {
      settings: {},
      profile: withSecondTenant(generic),
      says: /SECOND_WEBHOOK_TOKEN and SECOND_WEBHOOK_SECRET are not set/,
    },
    {
      settings: {},
      webhooks: [],
      profile: withSecondTenant(generic),
      says: /SECOND_LOGIN_EMAIL and SECOND_LOGIN_PASSWORD are not set/,
    },
  ]) {
    test(`a problem: ${says.source}`, () => {
      const { tenant, problems } = found(settings, webhooks, profile);
      assert.equal(tenant, null);
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0] ?? '', says);
    });
  }
});

const tenants = (idempotency: object, limiter: Partial<DeclaredLimiter> = {}): TargetProfile => {
  const target = withSecondTenant(limitedBy(limiter));
  const declared = { kind: 'ttl', ttlMs: 1000, order: 'before-limiter', repeatRefreshes: false } as const;
  return { ...target, idempotency: { ...declared, fields: ['signal_id'], ...idempotency } };
};
const sizes = sizesWith({ IDEMPOTENCY_ODDS_KEYS: '100' });

describe('the plan of idempotency', () => {
  for (const webhooks of [0, 1, 7, 60]) {
    test(`${webhooks === 0 ? 'created' : webhooks} webhooks: one of the second tenant, next to the last of the first`, () => {
      const plan = planOf('idempotency', sizes, tenants({}), webhooks);
      const schedule = scheduleOf(plan, 'idempotency.other-tenant', 'repeats');
      assert.equal(schedule.webhooks, 2);
      assert.equal(plan.otherTenant, schedule.firstWebhook + 1);
      assert.ok(webhooks === 0 || plan.otherTenant <= webhooks);
      const without = planOf('idempotency', sizes, limitedBy({}), webhooks);
      assert.equal(without.otherTenant, undefined);
      assert.ok(!without.phases.some(({ role }) => role === 'idempotency.other-tenant'));
    });
  }

  test('where the key holds no id it is not tested, and that is said', () => {
    const plan = planOf('idempotency', sizes, tenants({ fields: ['action'] }), 0);
    assert.equal(plan.otherTenant, undefined);
    assert.ok(plan.notes.some((note) => /two tenants counts as one is not tested/.test(note)));
  });
});

function judged(profile: TargetProfile, givenWebhooks: number, keyFor: (otherTenant: number) => KeyOf) {
  const { otherTenant = -1 } = planOf('idempotency', sizes, profile, givenWebhooks);
  const run = simulatedRun(['idempotency'], { profile, sizes, givenWebhooks, seed, keyOf: keyFor(otherTenant) });
  const { status, summary, evidence = [] } = exactlyOnce.judge(run);
  return { status, text: [summary, ...evidence].join('\n') };
}

const byWebhook = (): KeyOf => (signal, webhook) => `${webhook} ${signal.signal_id}`;
const byTenant =
  (otherTenant: number): KeyOf =>
  (signal, webhook) =>
    `${webhook === otherTenant} ${signal.signal_id}`;
const byAll = (): KeyOf => (signal) => signal.signal_id;

const limiters: readonly Partial<DeclaredLimiter>[] = [
  {},
  { scope: 'client', limit: 20 },
  { scope: 'global', limit: 20 },
  { kind: 'token-bucket', limit: 2, burst: 2 },
];

describe('whose key a signal has', () => {
  for (const webhooks of [0, 2, 40]) {
    for (const limiter of limiters) {
      const where = `${webhooks === 0 ? 'created' : webhooks} webhooks, ${JSON.stringify(limiter)}`;
      for (const [scope, keyFor, says] of [
        ['webhook', byWebhook, /the same signal of two tenants: two, in 100\.0%/],
        ['client', byTenant, /the same signal of two tenants: two, in 100\.0%/],
        ['all', byAll, /the same signal of two tenants: one, in 100\.0%/],
      ] as const) {
        test(`${scope}, as declared: ${where}`, () => {
          const { status, text } = judged(tenants({ scope }, limiter), webhooks, keyFor);
          assert.equal(status, 'pass', text);
          assert.match(text, says);
        });
      }
      for (const [scope, keyFor, says] of [
        ['webhook', byAll, /the key is shared by tenants: signals of distinct tenants/],
        ['client', byAll, /the key is shared by tenants: signals of distinct tenants/],
        ['all', byTenant, /accepted from two tenants, which by idempotency\.scope "all" share their keys/],
      ] as const) {
        test(`${scope}, and it is not so: ${where}`, () => {
          const { status, text } = judged(tenants({ scope }, limiter), webhooks, keyFor);
          assert.equal(status, 'fail', text);
          assert.match(text, says);
        });
      }
    }
  }

  test('one tenant alone: not judged, with what to set', () => {
    const { status, text } = judged({ ...limitedBy({}), idempotency: tenants({}).idempotency }, 0, byWebhook);
    assert.equal(status, 'pass', text);
    assert.match(text, /of two tenants: not judged, for it takes a second tenant \(set SECOND_LOGIN_EMAIL and/);
  });
});
