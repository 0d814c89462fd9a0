import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { planOf } from '../../contract/plan/plan-of.ts';
import { gapMs } from '../../contract/plan/repeats.ts';
import type { Idempotency, TargetProfile } from '../../contract/profile/profile.ts';
import { readProfile } from '../../contract/profile/read-profile.ts';
import { plannedSends } from '../fixtures/planned-sends.ts';
import { seeded } from '../fixtures/random.ts';
import { simulatedRun } from '../fixtures/simulated-run.ts';
import { profile, sizesWith } from './plan-cases.ts';

const dayMs = 86_400_000;

const keeping = (changes: Partial<Extract<Idempotency, { kind: 'ttl' }>>): TargetProfile => ({
  ...profile,
  idempotency: {
    kind: 'ttl',
    ttlMs: 1000,
    fields: ['signal_id'],
    order: 'before-limiter',
    repeatRefreshes: false,
    ...changes,
  },
});

const sizes = sizesWith({ IDEMPOTENCY_KEYS: '12' });

function judged(declared: TargetProfile, keyLifeMs?: (random: () => number) => number) {
  const random = seeded(7);
  const life = keyLifeMs === undefined ? {} : { keyLifeMs: () => keyLifeMs(random) };
  const run = simulatedRun(['idempotency'], { profile: declared, sizes, givenWebhooks: 0, seed: 11, ...life });
  const { status, summary, evidence = [], measures = [] } = exactlyOnce.judge(run);
  return { status, text: [summary, ...evidence].join('\n'), measures };
}

describe('keys that are kept for longer than a run', () => {
  for (const [what, ttlMs, why] of [
    ['for ever', null, /kept for ever/],
    ['a day', dayMs, /TTL of 24 h is too long to wait for/],
    ['a month', 30 * dayMs, /too long to wait for/],
  ] as const) {
    test(`${what}: nothing waits for their expiry, and that is said before the run`, () => {
      const plan = planOf('idempotency', sizesWith(), keeping({ ttlMs }), 0);
      assert.ok(plan.estimatedMs < 60_000, `${plan.estimatedMs} ms`);
      assert.ok(plan.notes.some((note) => why.test(note)));
      const gaps = plan.phases.flatMap(({ schedule }) => (schedule.kind === 'repeats' ? schedule.gapsTtl : []));
      assert.ok(gaps.length >= 3 && gaps.every((gap) => gap < 1));
    });

    test(`${what}: repeats are judged, expiry is not`, () => {
      const healthy = judged(keeping({ ttlMs }));
      assert.equal(healthy.status, 'pass', healthy.text);
      assert.match(healthy.text, /expiry not judged: .*; recognized after up to 3\d\d\d ms/);
      const forgetful = judged(keeping({ ttlMs }), () => 2500);
      assert.equal(forgetful.status, 'fail');
      assert.match(
        forgetful.text,
        /TTL shorter than declared \(between \d+ ms and \d+ ms; declared .*12 of 12 at 3800 ms/,
      );
    });
  }

  test('a limiter that takes one signal in ten seconds lets repeats come later, and still within the TTL', () => {
    const limiter = { ...profile.limiter, kind: 'sliding', limit: 1, windowMs: 10_000 } as TargetProfile['limiter'];
    const strict = { ...keeping({ ttlMs: null, order: 'after-limiter' }), limiter };
    const plan = planOf('idempotency', sizes, strict, 0);
    assert.ok(plan.phases.some(({ schedule }) => schedule.kind === 'repeats' && schedule.minGapMs > 4000));
    assert.ok(plan.estimatedMs <= 600_000);
  });

  test('what fits into MAX_SCENARIO_SECONDS is waited for', () => {
    const waits = (ttlMs: number): boolean =>
      planOf('idempotency', sizesWith({ MAX_SCENARIO_SECONDS: '100' }), keeping({ ttlMs }), 0).notes.length === 0;
    assert.equal(waits(50_000), true);
    assert.equal(waits(50_001), false);
  });
});

describe('a tolerance of the expiry', () => {
  const swept = keeping({ ttlMs: 1000, toleranceMs: 400 });

  test('no repeat is planned for an age at which it may be either', () => {
    const plan = planOf('idempotency', sizes, swept, 0);
    const repeats = plannedSends(plan).filter(({ phase, isFirst }) => phase.schedule.kind === 'repeats' && !isFirst);
    assert.ok(repeats.some(({ sinceFirstMs }) => sinceFirstMs < 600 && sinceFirstMs > 500));
    assert.ok(repeats.some(({ sinceFirstMs }) => sinceFirstMs > 1400 && sinceFirstMs < 1500));
    assert.ok(repeats.every(({ sinceFirstMs }) => sinceFirstMs < 600 || sinceFirstMs > 1400));
    assert.equal(gapMs({ ttlMs: 1000, toleranceMs: 400 }, 0.95), 570);
  });

  test('a store that sweeps keeps its word', () => {
    const { status, text } = judged(swept);
    assert.equal(status, 'pass', text);
    assert.match(text, /TTL kept from both sides/);
  });

  test('beyond the tolerance it does not', () => {
    const late = judged(swept, (random) => 1000 + 1500 * random());
    assert.equal(late.status, 'fail');
    assert.match(late.text, /repeats past the TTL of 1000 ± 400 ms taken for duplicates/);
    const early = judged(swept, () => 450);
    assert.match(early.text, /TTL shorter than declared \(.*declared 1000 ± 400 ms\): 12 of 12 at 0\.95 TTL/);
  });

  test('where none is declared, the report says how long keys live', () => {
    const late = judged(keeping({}), () => 1300);
    assert.equal(late.status, 'fail');
    assert.match(late.text, /keys live about 1[12]\d\d ms, between 1[01]\d\d ms and 1[35]\d\d ms: declare ttlMs/);
    assert.ok(late.measures.some(({ name, value }) => name === 'key-recognized-after' && value > 1000 && value < 1300));
    assert.ok(late.measures.some(({ name, value }) => name === 'key-expired-after' && value > 1300 && value < 1600));
    const swept = judged(keeping({}), (random) => (random() < 0.5 ? 1020 : 1800));
    assert.match(swept.text, /keys live between 1\d\d\d ms and 1\d\d\d ms, or longer: declare ttlMs and toleranceMs/);
    const ever = judged(keeping({}), () => dayMs);
    assert.match(ever.text, /keys live more than (19|20)\d\d ms: declare ttlMs, or null if they are kept for ever/);
  });

  test('a life of which only the upper end was measured, or the lower end far below, has no middle', () => {
    for (const lifeMs of [2, 30, 300]) {
      const { status, text } = judged(keeping({}), () => lifeMs);
      assert.equal(status, 'fail', text);
      assert.match(text, /TTL shorter than declared \((less than|between [1-9]\d+ ms and) \d+ ms; declared 1000 ms\)/);
      assert.doesNotMatch(text, /about|between 0 ms|declare ttlMs/);
    }
    const known = judged(keeping({}), () => 700);
    assert.match(
      known.text,
      /TTL shorter than declared \(about \d+ ms, between [1-9]\d* ms and \d+ ms; declared 1000 ms\)/,
    );
    assert.equal(judged(keeping({})).status, 'pass');
  });

  test('a race is no matter of tolerance', () => {
    const racy = judged(keeping({}), (random) => (random() < 0.2 ? 0 : 1000));
    assert.equal(racy.status, 'fail');
    assert.doesNotMatch(racy.text, /toleranceMs/);
  });

  for (const [what, changes, says] of [
    [
      'as long as the TTL',
      { ttlMs: 1000, toleranceMs: 60_000 },
      /between 1000 and 61000 ms, declare ttlMs 31000 and toleranceMs 30000/,
    ],
    ['of keys kept for ever', { ttlMs: null, toleranceMs: 5 }, /toleranceMs: must be left out if ttlMs is null/],
  ] as const) {
    test(`one ${what} is refused`, () => {
      const { problems } = readProfile({ ...profile, idempotency: { kind: 'ttl', ...changes } });
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', says);
    });
  }
});
