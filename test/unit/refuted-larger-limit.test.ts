import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { roles } from '../../contract/plan/roles.ts';
import { assertAdvice } from '../fixtures/advice.ts';
import { profileOf } from '../fixtures/limiter-judgement.ts';
import { defaultTraffic } from '../fixtures/limiter-traffic.ts';
import type { HealthyKind } from '../fixtures/limiters.ts';
import { ledgerOf, processOf, runOf, serverOf } from '../fixtures/run.ts';

interface Made {
  /** How many of each burst of 30 were admitted. */
  readonly bursts: readonly number[];
  /** How many of the last 20 were. */
  readonly ofTwenty: number;
  readonly workers: number;
  readonly kind?: HealthyKind;
}

/** A quiet time of three windows and more lies between two bursts. */
function judgedBursts({ bursts, ofTwenty, workers, kind = 'sliding' }: Made): Judgement {
  const burst = (size: number, admitted: number, atMs: number, phase: string) =>
    Array.from({ length: size }, (_, n) => ({
      atMs: atMs + n / 10,
      outcome: n < admitted ? ('accepted' as const) : ('limited' as const),
      phase,
    }));
  const requests = [
    ...bursts.flatMap((admitted, n) => burst(30, admitted, 1000 + 4130 * n, roles['limiter.bursts'].name)),
    ...burst(20, ofTwenty, 1000 + 4130 * bursts.length, roles['limiter.initial-burst'].name),
  ];
  const processes = Array.from({ length: workers }, (_, n) => processOf({ pid: 100 + n, role: 'worker' }));
  const server = serverOf(100_000, () => ({ processes: [processOf({ pid: 99, role: 'root' }), ...processes] }));
  const profile = profileOf(kind, defaultTraffic);
  const run = runOf([{ name: 'rate-limit', ledger: ledgerOf(requests) }], { profile, server });
  return rateLimiter.judge({ ...run, manifest: { ...run.manifest, clockMovedUs: 0 } });
}

const alike = Array.from({ length: 10 }, () => 28);
const shared = /^shared counts/;
const larger = /^the limit as it is configured/;

test('a larger limit that another burst refutes is not the first advice: counts are kept apart', () => {
  const several = judgedBursts({ bursts: alike, ofTwenty: 18, workers: 4 });
  assert.match(
    several.summary,
    /28 at once instead of 10, repeatedly, but 18 of 20 in another burst, which one larger limit does not explain: the sign of state per worker over unevenly shared connections$/,
  );
  assertAdvice(rateLimiter, several, { first: shared });
  const single = judgedBursts({ bursts: alike, ofTwenty: 18, workers: 0 });
  assertAdvice(rateLimiter, single, { first: /^one count for all/, never: shared });
});

test('two workers with ten each do not admit 28, and are not said to', () => {
  const { summary, advice = [] } = judgedBursts({ bursts: alike, ofTwenty: 18, workers: 2 });
  assert.match(summary, /in 11 of 11 bursts \(up to 28 admitted\): the sign of a check-then-add race$/);
  assert.doesNotMatch(advice.join('\n'), /shared counts/);
});

test('a larger limit that fits all bursts stays the first advice', () => {
  for (const workers of [0, 4]) {
    const judgement = judgedBursts({ bursts: alike, ofTwenty: 20, workers });
    assert.match(judgement.summary, /28 at once instead of 10, repeatedly: a larger limit, or the sign of state per/);
    assertAdvice(rateLimiter, judgement, { first: larger });
  }
  // A larger bucket need not have been full again.
  const bucket = judgedBursts({ bursts: alike, ofTwenty: 18, workers: 4, kind: 'token-bucket' });
  assertAdvice(rateLimiter, bucket, { first: larger });
});

test('what most bursts had too many of, and not alike, is state per worker first where several serve', () => {
  const scattered = [12, 17, 14, 19, 15, 13, 16, 12];
  const several = judgedBursts({ bursts: scattered, ofTwenty: 14, workers: 4 });
  assert.match(several.summary, /: the sign of state per worker, or of a check-then-add race$/);
  assertAdvice(rateLimiter, several, { first: shared });
  const single = judgedBursts({ bursts: scattered, ofTwenty: 14, workers: 1 });
  assert.match(single.summary, /: the sign of a check-then-add race$/);
  const few = judgedBursts({ bursts: [14, ...Array.from({ length: 7 }, () => 10)], ofTwenty: 10, workers: 4 });
  assert.match(few.summary, /: the sign of a check-then-add race, or of state per worker/);
});
