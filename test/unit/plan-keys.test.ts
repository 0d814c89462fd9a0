import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { makeSignal } from '../../contract/plan/made-signal.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import { defaultScenarios } from '../../contract/plan/scenarios.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { plannedSends } from '../fixtures/planned-sends.ts';
import { seed } from '../fixtures/seed.ts';
import { limitedBy, sizesWith } from './plan-cases.ts';

// Plans where the idempotency key is coarser than the signal.

const words = ['action', 'ticker', 'quantity', 'price'] as const;
type Word = (typeof words)[number];

const keyed = (fields: readonly Word[], ttlMs: number, scope: 'webhook' | 'all'): TargetProfile => ({
  ...limitedBy({}),
  idempotency: { kind: 'ttl', ttlMs, fields: [...fields], scope, order: 'before-limiter', repeatRefreshes: false },
});

/** Signal 2 goes to the webhook of signal 0 as the repeat of what is sent to the one before it. */
const repeatedAtNext = {
  ...({ ttlMs: 5000, scope: 'webhook', isLimited: true } as const),
  ...({ given: 4, scenario: 'idempotency' } as const),
};

/** These send many signals to one webhook at once, and say so. */
const areTogether = (role: string): boolean => role === 'hft.rapid' || role.startsWith('limiter.');

const anyCase = fc.record({
  fields: fc.subarray([...words], { minLength: 1 }),
  ttlMs: fc.constantFrom(200, 1000, 5000),
  scope: fc.constantFrom('webhook' as const, 'all' as const),
  isLimited: fc.boolean(),
  given: fc.constantFrom(0, 1, 2, 4, 5, 30),
  scenario: fc.constantFrom(...defaultScenarios),
});

const sizes = sizesWith({ IDEMPOTENCY_KEYS: '6', IDEMPOTENCY_ODDS_KEYS: '40', SUSTAINED_SECONDS: '5' });

test('signals of one key never meet within the TTL, whatever the key holds and whoever shares it', (t) => {
  t.diagnostic(`seed ${seed}`);
  fc.assert(
    fc.property(anyCase, ({ fields, ttlMs, scope, isLimited, given, scenario }) => {
      const limited = keyed(fields, ttlMs, scope);
      const target: TargetProfile = isLimited ? limited : { ...limited, limiter: { kind: 'none' } };
      const plan = planOf(scenario, sizes, target, given);
      const last = new Map<string, { readonly id: string; readonly atMs: number; readonly name: string }>();
      for (const { atMs, webhook, phase, code, n } of plannedSends(plan)) {
        if (areTogether(phase.role)) continue;
        const signal = makeSignal(n, '');
        // The second of a pair that differs in the ticker has the next one.
        if (phase.role === 'idempotency.distinct-ticker') continue;
        const key = `${scope === 'all' ? '' : webhook} ${fields.map((field) => signal[field]).join(' ')}`;
        const before = last.get(key);
        const id = `${code}${n}`;
        assert.ok(
          before === undefined || before.id === id || atMs - before.atMs > ttlMs,
          `${scenario}: ${before?.name} ${before?.id} at ${before?.atMs}, ${phase.name} ${id} at ${atMs}, both ${key}`,
        );
        last.set(key, { id, atMs, name: phase.name });
      }
      const hasRepeats = plan.phases.some(({ role }) => areTogether(role));
      assert.equal(
        plan.notes.some((note) => /the idempotency key .* has/.test(note)),
        hasRepeats,
      );
    }),
    { numRuns: 400, seed, examples: [[{ ...repeatedAtNext, fields: ['action'] }]] },
  );
});

test('a repeat to another webhook goes to another one, however few are given and whatever the key holds', () => {
  for (const given of [0, 2, 3, 4, 10]) {
    for (const fields of [['action'], ['ticker'], [...words]] as const) {
      const { phases } = planOf('idempotency', sizes, keyed(fields, 1000, 'webhook'), given);
      const phase = phases.find(({ role }) => role === 'idempotency.other-webhook');
      assert.ok(phase !== undefined && phase.schedule.kind === 'repeats' && phase.schedule.webhooks >= 2, `${given}`);
    }
  }
});

test('under a key of (webhook, action) for a second load keeps its rate on more webhooks', () => {
  const plan = planOf('sustained', sizesWith(), keyed(['action'], 1000, 'webhook'), 0);
  const fine = planOf('sustained', sizesWith(), limitedBy({}), 0);
  const [count = 0, asFine = 0] = [plan, fine].map(({ phases }) => phases[0]?.requests.min);
  assert.ok(count >= asFine && count < 1.1 * asFine, `${count} and ${asFine}`);
  assert.ok(plan.webhooks > fine.webhooks && plan.webhooks < 100, String(plan.webhooks));
});

test('a key that is kept for a day is not kept apart, and it is said before anything is sent', () => {
  const plan = planOf('sustained', sizesWith(), keyed(['action'], 86_400_000, 'webhook'), 0);
  assert.equal(plan.webhooks, planOf('sustained', sizesWith(), limitedBy({}), 0).webhooks);
  assert.match(plan.notes.join('\n'), /the idempotency key \(action\) has 2 values on a webhook: .* are repeats/);
});

test('a body without a price is not repeated with another price', () => {
  const profile = keyed([], 1000, 'webhook');
  const plain = { ...profile, idempotency: { ...profile.idempotency, fields: ['signal_id'] } };
  const named = (request: Partial<TargetProfile['request']>): readonly string[] =>
    planOf('idempotency', sizesWith({}), { ...plain, request: { ...plain.request, ...request } }, 0).phases.map(
      ({ name }) => name,
    );
  assert.ok(named({}).includes('changed_payload'));
  assert.ok(
    !named({ body: { signal_id: '{id}', action: '{action}', ticker: '{ticker}' } }).includes('changed_payload'),
  );
  assert.ok(!named({ body: '{action} {ticker} {id}' }).includes('changed_payload'));
  assert.ok(named({ body: '{action} {ticker} {price} {id}' }).includes('changed_payload'));
});
