import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectedOutcomes } from '../../analysis/interpret/expected-outcome.ts';
import { may } from '../../analysis/interpret/tolerance.ts';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { roles } from '../../contract/plan/roles.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { profileOf } from '../fixtures/limiter-judgement.ts';
import { defaultTraffic } from '../fixtures/limiter-traffic.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';

function slidingOf(windowMs: number, changes: Partial<DeclaredLimiter> = {}): TargetProfile {
  const profile = profileOf('sliding', { ...defaultTraffic, windowMs });
  return {
    ...profile,
    limiter: { ...profile.limiter, ...changes } as DeclaredLimiter,
    idempotency: { kind: 'none' },
  };
}

/** So many at once, of which the first ones are admitted. */
const burst = (atMs: number, admitted: number, attempts = 12): readonly MadeRequest[] =>
  Array.from({ length: attempts }, (_, n) => ({
    ...{ atMs: atMs + n, phase: roles['limiter.bursts'].name },
    outcome: n < admitted ? ('accepted' as const) : ('limited' as const),
  }));

test('a window in segments is surely full only until it may have taken back its oldest segment', () => {
  const outcomesOf = (changes: Partial<DeclaredLimiter>): readonly number[] => {
    const ledger = ledgerOf([
      ...burst(0, 10, 10),
      { atMs: 300, outcome: 'limited' },
      { atMs: 700, outcome: 'accepted' },
    ]);
    const indices = Uint32Array.from({ length: ledger.length }, (_, at) => at);
    return [...expectedOutcomes(slidingOf(1000, changes), ledger, indices)].slice(-2);
  };
  assert.deepEqual(outcomesOf({ segments: 2 }), [may.limited, may.limited | may.accepted]);
  assert.deepEqual(outcomesOf({}), [may.limited, may.limited]);
});

function judgedBursts(...bursts: readonly (readonly MadeRequest[])[]): Judgement {
  const ledger = ledgerOf(bursts.flat());
  const run = runOf([{ name: 'rate-limit', ledger }], { profile: slidingOf(60_000) });
  return rateLimiter.judge({ ...run, manifest: { ...run.manifest, clockMovedUs: 900 } });
}

test('a window in segments that shows only once is named, not accused', () => {
  // 10 at the end of one segment of 10 s, and 10 more as soon as that leaves the window: 50.2 s later.
  const once = judgedBursts(burst(9_900, 10), burst(60_100, 10));
  assert.equal(once.status, 'inconclusive', once.summary);
  assert.match(once.summary, /in 6 or 5 or .* segments: declare limiter.kind as "sliding" and limiter.segments/);
});

test('more at once than the limit is no window in segments, however seldom', () => {
  for (const admitted of [11, 20]) {
    const found = judgedBursts(burst(9_900, 10), burst(160_100, admitted, 24));
    assert.equal(found.status, 'fail', found.summary);
  }
  // Two windows' worth within less than half of a window.
  const early = judgedBursts(burst(9_900, 10), burst(29_900, 10));
  assert.equal(early.status, 'fail', early.summary);
});
