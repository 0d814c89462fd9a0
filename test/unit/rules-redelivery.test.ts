import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { errorRate } from '../../analysis/rules/error-rate.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { successRate } from '../../analysis/rules/success-rate.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { seeded } from '../fixtures/random.ts';
import { type RedeliveryFault, type RedeliveryServer, redeliveryLedger } from '../fixtures/redelivery-server.ts';
import { ledgerOf, runOf } from '../fixtures/run.ts';
import { limitedBy } from './plan-cases.ts';

const second = limitedBy({}, 1000);
const minute = limitedBy({}, 60_000);

function judged(server: RedeliveryServer) {
  const run = runOf([{ name: 'redelivery', ledger: redeliveryLedger(server) }], { profile: server.profile });
  const { status, summary, evidence = [], measures = [] } = exactlyOnce.judge(run);
  return { status, summary, measures, text: [summary, ...evidence].join('\n'), run };
}

const faults: readonly (readonly [RedeliveryFault, RegExp])[] = [
  ['abort-before-key', /processed more than once after the connection was cut: \d+ of 5\d/],
  ['key-after-effect', /processed more than once after the connection was cut: \d+ of 5\d/],
  [
    'error-after-effect',
    /processed more than once after (the connection was cut|the server answered with a failure): \d+ of \d+/,
  ],
  ['key-kept-after-abort', /lost after the connection was cut: \d+ of 5\d/],
];

describe('redelivery: exactly once finds and names', () => {
  for (const [fault, says] of faults) {
    for (const [how, surroundings] of [
      ['by the time of its effects', { profile: second }],
      ['by the time of its effects, on a clock that is a minute behind', { profile: second, clockAheadMs: -60_000 }],
      ['by a read-back within the TTL', { profile: minute, clockAheadMs: null }],
    ] as const) {
      test(`${fault}, ${how}`, () => {
        for (let seed = 1; seed <= 8; seed += 1) {
          const { status, text, measures } = judged({ ...surroundings, random: seeded(seed), fault });
          assert.equal(status, 'fail', `seed ${seed}: ${text}`);
          assert.match(text, says, `seed ${seed}`);
          const share = measures.find(({ name }) => name === 'processed-twice-of-redelivered');
          assert.equal((share?.value ?? 0) > 0, fault !== 'key-kept-after-abort', `seed ${seed}`);
        }
      });
    }
  }
});

test('redelivery: healthy servers are never accused', () => {
  let passed = 0;
  const simulations = 300;
  for (let seed = 1; seed <= simulations; seed += 1) {
    const random = seeded(seed);
    const { status, text } = judged({
      profile: random() < 0.5 ? second : minute,
      random,
      fault: random() < 0.5 ? null : 'abort-before-effect',
      workMs: random() * 60,
      late: { rate: random() < 0.3 ? 0.05 : 0, ms: random() * 3000 },
      brokenRate: random() < 0.3 ? 0.1 : 0,
      effectLagMs: random() < 0.3 ? random() * 5000 : 0,
      clockAheadMs: random() < 0.3 ? null : (random() - 0.5) * 10_000,
      readBackMs: random() * 5000,
    });
    assert.notEqual(status, 'fail', `seed ${seed}: ${text}`);
    if (status === 'pass') passed += 1;
  }
  assert.ok(passed > 0.7 * simulations, `${passed} passed`);
});

test('redelivery: what is processed twice and may lie on either side of the TTL is told, and proves nothing', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const withoutTimes = {
      profile: second,
      random: seeded(seed),
      fault: 'key-after-effect',
      clockAheadMs: null,
    } as const;
    const { status, text } = judged(withoutTimes);
    // A repeat that was answered as a duplicate explains no second effect; an acceptance may lie past the TTL.
    if (status !== 'fail') assert.match(text, /processed more than once, and nothing tells whether within one TTL/);
    const late = judged({ profile: second, random: seeded(seed), late: { rate: 0.2, ms: 2000 } });
    assert.equal(late.status, 'inconclusive', late.text);
    assert.match(late.text, /\d+ signals? processed more than once, and nothing tells whether within one TTL/);
  }
});

test('redelivery: what is not decided is neither clean nor bounded', () => {
  for (let seed = 1; seed <= 20; seed += 1) {
    const { text, measures } = judged({
      profile: second,
      random: seeded(seed),
      late: { rate: 0.2, ms: 2000 },
      clockAheadMs: null,
    });
    const [, perhaps = ''] = text.match(/(\d+) signals? processed more than once, and nothing tells/) ?? [];
    assert.match(
      text,
      new RegExp(
        `none of 5\\d signals sent again after a cut or a failure surely processed twice; of ${perhaps} nothing tells`,
      ),
    );
    assert.doesNotMatch(text, /sent again after a cut or a failure processed twice|read back processed twice/);
    for (const name of ['processed-twice-of-redelivered', 'processed-twice-of-read-back']) {
      const { value, low, high = 0 } = measures.find((measure) => measure.name === name) ?? {};
      assert.deepEqual([value, low], [0, 0], name);
      assert.ok(high > Number(perhaps) / 60, `${name}: ${high}`);
    }
  }
});

test('redelivery: polls beside the load prove what is processed twice within the TTL, and accuse nobody', () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const untimed = { profile: second, random: seeded(seed), clockAheadMs: null, pollEveryMs: 300 } as const;
    const faulty = judged({ ...untimed, fault: 'key-after-effect' });
    assert.equal(faulty.status, 'fail', `seed ${seed}: ${faulty.text}`);
    assert.match(faulty.text, /processed more than once after the connection was cut: \d+ of 5\d/);
    // The first copy is worked on when its key has expired: two effects, as promised.
    const late = judged({ ...untimed, random: seeded(seed), late: { rate: 0.2, ms: 1200 } });
    assert.equal(late.status, 'inconclusive', `seed ${seed}: ${late.text}`);
  }
});

test('redelivery: never answered is unknown, not lost', () => {
  const phase = 'redelivery';
  const requests = Array.from({ length: 40 }, (_, n) => [
    { atMs: n * 100, tookMs: 2, outcome: 'abandoned' as const, phase, signal: `r-${n}`, status: 0 },
    {
      atMs: n * 100 + 20,
      outcome: n < 10 ? ('failed' as const) : ('duplicate' as const),
      phase,
      signal: `r-${n}`,
      status: n < 10 ? 503 : 200,
    },
  ]).flat();
  const effects = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`r-${n + 10}`, 1]));
  const run = runOf([{ name: 'redelivery', ledger: ledgerOf(requests, effects) }]);
  const { status, summary } = exactlyOnce.judge(run);
  assert.equal(status, 'inconclusive', summary);
  assert.match(
    summary,
    /10 of 40 signals were answered neither as accepted nor as duplicate in up to 2 attempts, 10 of them not processed/,
  );
  // The same signals told "duplicate" and not processed are lost.
  const lost = exactlyOnce.judge(runOf([{ name: 'redelivery', ledger: ledgerOf(requests, {}) }]));
  assert.equal(lost.status, 'fail');
  assert.match(lost.summary, /lost after the connection was cut: 30 of 40/);
});

test('what was cut off on purpose is no error and no legitimate request that failed', () => {
  const { run } = judged({ profile: minute, random: seeded(7), signals: 280 });
  const errors = errorRate.judge(run);
  assert.equal(errors.status, 'pass');
  assert.match(errors.summary, /^0\.0% \(0 of 280;/);
  const success = successRate.judge(run);
  assert.doesNotMatch(success.summary, /abandoned/);
});

test('redelivery on the embedded profile passes as it is', () => {
  const { status, text } = judged({ profile: builtInProfiles.embedded, random: seeded(3) });
  assert.equal(status, 'pass', text);
  assert.match(text, /none of 5\d signals sent again after a cut or a failure processed twice/);
});
