import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { roles } from '../../contract/plan/roles.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { assertAdvice } from '../fixtures/advice.ts';
import { profileOf } from '../fixtures/limiter-judgement.ts';
import { calm, defaultTraffic, rateLimitTraffic, recorded } from '../fixtures/limiter-traffic.ts';
import { healthyLimiters, penalized, renewsExpiry, type SimulatedLimiter } from '../fixtures/limiters.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, runOf } from '../fixtures/run.ts';

const { limit, windowMs } = defaultTraffic;
const webhooks = 27;
/** The last load, below the limit, after a long quiet. */
const lastLoadMs = 40_000;
const lastLoad = Array.from({ length: webhooks * 12 }, (_, n) => ({
  atMs: lastLoadMs + n * 10,
  webhook: n % webhooks,
  phase: roles['limiter.legitimate'].name,
}));

const fixed = (): SimulatedLimiter => healthyLimiters['fixed-from-first-hit'](limit, windowMs, limit, 0);

/** INCR, and an expiry that is set or lost when a key begins. */
function incr(isExpirySet: () => boolean): SimulatedLimiter {
  let [count, untilMs] = [0, Number.NEGATIVE_INFINITY];
  return (wallMs) => {
    if (wallMs >= untilMs) [count, untilMs] = [0, isExpirySet() ? wallMs + windowMs : Number.POSITIVE_INFINITY];
    count += 1;
    return { admitted: count <= limit };
  };
}

/** INCR without EXPIRE. */
const never = (): SimulatedLimiter => incr(() => false);

function judged(
  make: (webhook: number, random: () => number) => SimulatedLimiter,
  declared: Partial<DeclaredLimiter> = {},
): Judgement {
  const random = seeded(5);
  const limiters = Array.from({ length: webhooks }, (_, webhook) => make(webhook, random));
  const traffic = [...rateLimitTraffic(defaultTraffic, random), ...lastLoad];
  const requests = recorded(traffic, ({ webhook }) => limiters[webhook] ?? fixed(), { random, weather: calm });
  const base = profileOf('fixed-from-first-hit', defaultTraffic);
  const profile = { ...base, limiter: { ...base.limiter, ...declared } as DeclaredLimiter };
  const run = runOf([{ name: 'rate-limit', ledger: ledgerOf(requests) }], { profile });
  return rateLimiter.judge({ ...run, manifest: { ...run.manifest, clockMovedUs: 0 } });
}

test('what is refused after a quiet far longer than the window, and never admitted again, is locked out', () => {
  const found = judged(never);
  assert.equal(found.status, 'fail', found.summary);
  assert.match(
    found.summary,
    /never lets anybody in again: keys that never expire, or a block that is not declared \(on 27 webhooks nothing was admitted/,
  );
  assert.doesNotMatch(found.summary, /penalty time|stricter|renew/);
  assertAdvice(rateLimiter, found, { first: /^the expiry of the count: .* one step/, never: /INCR, then EXPIRE/ });
});

test('a declared penalty time that is shorter than the quiet does not explain it', () => {
  const found = judged(never, { penaltyMs: 2000 });
  assert.equal(found.status, 'fail', found.summary);
  assert.match(found.summary, /never lets anybody in again/);
});

test('a declared penalty time that nothing was seen to end is not passed', () => {
  const found = judged(() => penalized(fixed(), Number.POSITIVE_INFINITY, false), { penaltyMs: 60_000 });
  assert.equal(found.status, 'inconclusive', found.summary);
  assert.match(
    found.summary,
    /nothing was admitted after a refusal, so nobody knows whether its penalty time of 60 s ends/,
  );
});

test('a key whose expiry is lost now and then is named, with how many are locked out', () => {
  for (const share of [1 / 12, 1 / 60]) {
    const found = judged((_, random) => incr(() => random() >= share));
    assert.equal(found.status, 'fail', found.summary);
    assert.match(found.summary, /a key never expired on \d+ of 27 webhooks: all was throttled to the end of the run/);
    assertAdvice(rateLimiter, found, { first: /^the expiry of the count: .* one step/, never: /are limit, window/ });
  }
  const one = judged((webhook) => (webhook === 9 ? never() : fixed()));
  assert.match(one.summary, /a key never expired on 1 of 27 webhooks/);
});

test('a limiter that fails closed at the end of the run refuses all alike: no key is said to stay', () => {
  const closes = (): SimulatedLimiter => {
    const inner = fixed();
    return (wallMs) => (wallMs >= lastLoadMs - 5000 ? { admitted: false } : inner(wallMs));
  };
  const found = judged(closes);
  assert.equal(found.status, 'fail', found.summary);
  assert.doesNotMatch(found.summary, /never expire|lets anybody in/);
});

test('a window that requests renew is named as before, and its advice sets count and expiry in one step', () => {
  const found = judged(() => renewsExpiry(limit, windowMs));
  assert.equal(found.status, 'fail', found.summary);
  assert.match(found.summary, /each below the limit may renew it/);
  assertAdvice(rateLimiter, found, { first: /^the expiry of the count: .*one step/, never: /INCR, then EXPIRE/ });
});

test('healthy twins: a fixed window and a declared penalty time that ends pass; an undeclared one has a figure with both bounds', () => {
  assert.equal(judged(fixed).status, 'pass');
  const ends = (): SimulatedLimiter => penalized(fixed(), 3000, false);
  assert.equal(judged(ends, { penaltyMs: 3000 }).status, 'pass');
  const undeclared = judged(ends);
  assert.equal(undeclared.status, 'inconclusive', undeclared.summary);
  assert.match(
    undeclared.summary,
    /a penalty time of about 3000 ms \(\d+ to \d+ ms by what was admitted after refusals\)/,
  );
  const prolonged = (): SimulatedLimiter => penalized(fixed(), 3000, true);
  assert.equal(judged(prolonged, { penaltyMs: 3000, penaltyProlonged: true }).status, 'pass');
  assert.match(judged(prolonged).summary, /a penalty time of about \d+ ms \(\d+ to \d+ ms/);
});

test('a given webhook that a later scenario is admitted on was not locked out', () => {
  const outcomes = (atMs: number, count: number, outcome: 'accepted' | 'limited') =>
    Array.from({ length: count }, (_, n) => ({ atMs: atMs + n, outcome }));
  const locked = ledgerOf([
    ...outcomes(0, limit, 'accepted'),
    ...outcomes(20, limit, 'limited'),
    ...outcomes(9000, limit, 'limited'),
  ]);
  const later = ledgerOf([...outcomes(20_000, limit, 'accepted'), ...outcomes(20_020, limit, 'limited')]);
  const base = profileOf('fixed-from-first-hit', defaultTraffic);
  const judgedAs = (provisioning: TargetProfile['provisioning']): string => {
    const scenarios = [
      { name: 'hft' as const, ledger: locked },
      { name: 'rate-limit' as const, ledger: later },
    ];
    const run = runOf(scenarios, { profile: { ...base, provisioning } });
    return rateLimiter.judge({ ...run, manifest: { ...run.manifest, clockMovedUs: 0 } }).summary;
  };
  assert.match(judgedAs(base.provisioning), /never lets anybody in again/);
  assert.doesNotMatch(judgedAs({ kind: 'given' }), /never lets anybody|never expired/);
});
