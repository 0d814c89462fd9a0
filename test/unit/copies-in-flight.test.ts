import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { usesQuota } from '../../analysis/interpret/quota-use.ts';
import { rateLimiter } from '../../analysis/rules/rate-limiter.ts';
import { defaultScenarios } from '../../contract/plan/scenarios.ts';
import { healthyLimiters } from '../fixtures/limiters.ts';
import { ledgerOf, type MadeRequest } from '../fixtures/run.ts';
import { seed } from '../fixtures/seed.ts';
import { type SimulatedCase, simulatedRun } from '../fixtures/simulated-run.ts';
import { limitedBy, sizesWith } from './plan-cases.ts';

const limit = 20;
const declared = limitedBy({ limit, scope: 'client' });

/** Judges a run of all scenarios. */
function judged(how: Partial<SimulatedCase>): { readonly status: string; readonly text: string } {
  const run = simulatedRun(defaultScenarios, {
    ...{ profile: declared, sizes: sizesWith(), givenWebhooks: 0, seed },
    ...how,
  });
  const { status, summary, evidence = [] } = rateLimiter.judge(run);
  return { status, text: [summary, ...evidence].join('\n') };
}

const ofOneMore = (): Pick<SimulatedCase, 'makeLimiter'> => ({
  makeLimiter: () => healthyLimiters.sliding(limit + 1, 1000, limit + 1, 0),
});

describe('a server that looks for the key, then counts, then stores under a unique constraint', () => {
  test('passes: copies in flight took the places of what it throttled', () => {
    const { status, text } = judged({ storeMs: 6 });
    assert.equal(status, 'pass', text);
  });

  test('fails with a limit of one more, and throttles nothing wrongly', () => {
    const { status, text } = judged({ storeMs: 6, ...ofOneMore() });
    assert.equal(status, 'fail');
    assert.match(text, /one more than the limit/);
    assert.doesNotMatch(text, /although capacity was available/);
  });
});

describe('a server whose copies in flight use no quota', () => {
  test('passes', () => {
    const { status, text } = judged({});
    assert.equal(status, 'pass', text);
  });

  test('fails with a limit of one more', () => assert.equal(judged(ofOneMore()).status, 'fail'));
});

test('a limiter that counts known repeats fails, though copies in flight may be counted', () => {
  const { status, text } = judged({ order: 'after-limiter' });
  assert.equal(status, 'fail');
  assert.match(text, /a repeat was throttled .*, which is recognized before the limiter/);
});

describe('a server whose repeats use no quota, declared after-limiter', () => {
  const { idempotency } = declared;
  assert.equal(idempotency.kind, 'ttl');
  const wrong = (how: Partial<SimulatedCase>) =>
    judged({
      ...{ profile: { ...declared, idempotency: { ...idempotency, order: 'after-limiter' } } },
      ...{ order: 'before-limiter' as const },
      ...how,
    });

  for (const storeMs of [0, 6]) {
    test(`is not accused: the order decides; keys are stored after ${storeMs} ms`, () => {
      const { status, text } = wrong({ storeMs });
      assert.equal(status, 'inconclusive', text);
      assert.match(text, /fits repeats that are looked for before the limiter and use no quota, .*"before-limiter"$/m);
    });

    test(`fails with a limit of one more, by distinct signals; keys are stored after ${storeMs} ms`, () => {
      const { status, text } = wrong({ storeMs, ...ofOneMore() });
      assert.equal(status, 'fail', text);
      assert.doesNotMatch(text, /idempotency\.order/);
    });
  }

  test('counts them, and passes as declared', () => assert.equal(wrong({ order: 'after-limiter' }).status, 'pass'));

  test('counts them, and fails with a limit of one more', () =>
    assert.equal(wrong({ order: 'after-limiter', ...ofOneMore() }).status, 'fail'));
});

describe('whether a duplicate was counted, where repeats use no quota', () => {
  const of = (...requests: readonly MadeRequest[]): readonly string[] => {
    const ledger = ledgerOf(requests.map((request) => ({ signal: 'tag-1', tookMs: 10, ...request })));
    return requests.flatMap(({ outcome }, at) => (outcome === 'duplicate' ? [usesQuota(ledger, at, declared)] : []));
  };
  const duplicate = (atMs: number): MadeRequest => ({ atMs, outcome: 'duplicate' });

  test('it may be if it was under way together with the accepted one, whichever came first', () =>
    assert.deepEqual(of(duplicate(0), { atMs: 5, outcome: 'accepted' }, duplicate(14)), ['maybe', 'maybe']));

  test('it was not if it was sent after that was answered', () =>
    assert.deepEqual(of({ atMs: 0, outcome: 'accepted' }, duplicate(11), duplicate(600)), ['no', 'no']));

  test('it may be if a later acceptance was under way, after the TTL', () =>
    assert.deepEqual(of({ atMs: 0, outcome: 'accepted' }, duplicate(1200), { atMs: 1202, outcome: 'accepted' }), [
      'maybe',
    ]));

  test('it may be if one without an answer was sent before, until a duplicate shows that the key is stored', () =>
    assert.deepEqual(of({ atMs: 0, outcome: 'abandoned', status: 0 }, duplicate(300), duplicate(311)), [
      'maybe',
      'no',
    ]));

  test('it was not if nobody can have stored the key meanwhile', () =>
    assert.deepEqual(of(duplicate(0), duplicate(1), { atMs: 2, outcome: 'limited' }), ['no', 'no']));

  test('another signal on the way changes nothing', () =>
    assert.deepEqual(of(duplicate(0), { atMs: 2, outcome: 'accepted', signal: 'tag-2' }), ['no']));
});
