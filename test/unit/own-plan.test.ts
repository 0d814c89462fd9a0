import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { planSchema } from '../../contract/journal/plan-schema.ts';
import { goesBeyondLimit } from '../../contract/plan/own/beyond-limit.ts';
import { ownPlan, targetOf } from '../../contract/plan/own/own-plan.ts';
import type { OwnPhase } from '../../contract/plan/own/phases.ts';
import type { Plan, PlannedPhase } from '../../contract/plan/plan.ts';
import { sharedKeys } from '../../contract/plan/signal-key.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { plannedSends } from '../fixtures/planned-sends.ts';
import { limitedBy, profile, sizesWith } from './plan-cases.ts';
import '../fixtures/seed.ts';

const sizes = sizesWith();
const day = 'time,ticker,id\n09:30:00,AAPL,a\n09:30:00.5,MSFT,b\n09:30:02,AAPL,a\n';

function made(phases: readonly OwnPhase[], target: TargetProfile = profile, given = 0) {
  return ownPlan('market-open', phases, [], { sizes, profile: target, given, read: () => day });
}

function planned(phases: readonly OwnPhase[], target?: TargetProfile): Plan {
  const { plan, problems } = made(phases, target);
  assert.deepEqual(problems, []);
  return plan;
}

function only({ phases: [phase] }: Plan): PlannedPhase {
  assert.ok(phase !== undefined);
  return phase;
}

const every: readonly OwnPhase[] = [
  { kind: 'constant-rate', name: 'steady', perSecond: 12.5, seconds: 4 },
  {
    kind: 'ramping-rate',
    name: 'open',
    stages: [
      { seconds: 2, perSecond: 30 },
      { seconds: 1, perSecond: 0 },
    ],
  },
  { kind: 'burst', name: 'bell', afterMs: 500, count: 20 },
  { kind: 'burst', name: 'echo', afterMs: 3000, count: 10, identical: true },
  { kind: 'replay', name: 'day', file: 'day.csv', speed: 2 },
  { kind: 'retries', name: 'again', count: 14, like: 'stripe' },
];

describe('the plan of an own scenario', () => {
  test('is data: the same as JSON, and of the schema of run.json', () => {
    const plan = planned(every);
    assert.deepEqual(planSchema.parse(JSON.parse(JSON.stringify(plan))), plan);
    assert.deepEqual(planned(every), plan);
  });

  test('sends as many requests as it says, and no number stands for two signals', () => {
    const plan = planned(every);
    const numbers = new Map<number, string>();
    for (const phase of plan.phases) {
      const sends = plannedSends(plan).filter((send) => send.phase === phase);
      assert.equal(sends.length, phase.requests.min, phase.name);
      assert.ok(sends.every(({ webhook }) => webhook < plan.webhooks));
      for (const { n } of sends) {
        assert.ok((numbers.get(n) ?? phase.name) === phase.name, `${n} is in ${numbers.get(n)} and in ${phase.name}`);
        numbers.set(n, phase.name);
      }
    }
  });

  test('a ramp has as many signals as the area under it, and none too early', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ seconds: fc.integer({ min: 1, max: 9 }), perSecond: fc.integer({ min: 1, max: 60 }) }), {
          minLength: 1,
          maxLength: 4,
        }),
        (stages) => {
          const plan = planned([{ kind: 'ramping-rate', name: 'open', stages }]);
          let [area, from] = [0, 0];
          for (const { seconds, perSecond } of stages) {
            area += (seconds * (from + perSecond)) / 2;
            from = perSecond;
          }
          assert.equal(only(plan).requests.max, Math.floor(area));
          const times = plannedSends(plan).map(({ atMs }) => atMs);
          assert.equal(times.length, Math.floor(area));
          assert.ok(times.every((atMs) => atMs >= only(plan).startMs && atMs <= only(plan).endMs));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('all phases count from one instant, for which a burst has its VUs ready', () => {
    const [steady, bell] = planned([
      { kind: 'constant-rate', name: 'steady', perSecond: 10, seconds: 3 },
      { kind: 'burst', name: 'bell', afterMs: 500, count: 20 },
    ]).phases;
    assert.ok(steady !== undefined && bell !== undefined && bell.schedule.kind === 'rounds');
    assert.equal(bell.startMs, 0);
    assert.equal(bell.schedule.firstMs, steady.startMs + 500);
  });

  test('rows of one id are one signal, on one webhook', () => {
    const { signals, schedule } = only(planned([{ kind: 'replay', name: 'day', file: 'day.csv', speed: 2 }]));
    assert.ok(schedule.kind === 'replay');
    assert.deepEqual([schedule.timesMs, schedule.signals, signals[0]?.count], [[0, 250, 1000], [0, 1, 0], 2]);
    assert.deepEqual(signals[0]?.content, { tickers: ['AAPL', 'MSFT'] });
  });

  test('retries are fast enough for the TTL, unless their user says how fast', () => {
    const usual = only(planned([{ kind: 'retries', name: 'again', count: 14, like: 'stripe' }])).schedule;
    assert.ok(usual.kind === 'redelivery');
    assert.ok(usual.pausesMs.reduce((sum, ms) => sum + ms, 0) < 1000);
    const slower = only(planned([{ kind: 'retries', name: 'again', count: 2, like: [100, 400], faster: 2 }])).schedule;
    assert.ok(slower.kind === 'redelivery');
    assert.deepEqual(slower.pausesMs, [50, 200]);
  });

  test('what goes beyond the limit is said', () => {
    const { phases, notes } = planned(every);
    assert.deepEqual(
      phases.filter((phase) => goesBeyondLimit(phase, profile)).map(({ name }) => name),
      ['bell'],
    );
    assert.match(notes.join('\n'), /beyond the declared limit: bell;/);
  });
});

test('a plan may go by the limit and by how many webhooks there are', () => {
  const target = limitedBy({ limit: 5, windowMs: 10_000 });
  assert.deepEqual(targetOf({ sizes, profile: target, given: 3 }), {
    ...{ limit: 5, windowMs: 10_000, webhooks: 3, seconds: 30 },
    safeRate: 1.2,
  });
});

describe('what is wrong with a plan is told at once', () => {
  const wrong: readonly (readonly [string, readonly OwnPhase[], readonly RegExp[]])[] = [
    ['no phases', [], [/^it has no phases$/]],
    [
      'two names and two rates',
      [
        { kind: 'constant-rate', name: 'open', perSecond: Number.NaN, seconds: 0 },
        { kind: 'constant-rate', name: 'open', perSecond: 5000, seconds: 3 },
        { kind: 'constant-rate', name: 'Open!', perSecond: 5, seconds: 3 },
      ],
      [
        /two phases have the name "open"/,
        /phase "open": perSecond is NaN; it must be a number from 0.001/,
        /phase "open": seconds is 0; it must be a number from 1/,
        /perSecond is 5000, more than MAX_RATE=1000: lower it, or raise MAX_RATE/,
        /the name "Open!"; it must begin with a small letter/,
      ],
    ],
    ['a taken name', [{ kind: 'burst', name: 'readback', count: 2 }], [/"readback", which is taken/]],
    [
      'a burst too large',
      [{ kind: 'burst', name: 'bell', count: 2001 }],
      [/count is 2001; it must be a whole number from 2 to 1000/],
    ],
    [
      'no retries',
      [{ kind: 'retries', name: 'again', count: 5, like: [] }],
      [/like is \[\]; it must be "github", "stripe" or a list/],
    ],
    [
      'a ramp of nothing',
      [{ kind: 'ramping-rate', name: 'open', stages: [{ seconds: 1, perSecond: 0 }] }],
      [/its stages make no signal/],
    ],
    [
      'content of nothing',
      [{ kind: 'burst', name: 'bell', count: 2, content: { tickers: [], prices: [Number.NaN] } }],
      [/content.tickers must be a list/, /quantities and prices in content must be numbers/],
    ],
    [
      'VUs without end',
      [{ kind: 'retries', name: 'again', count: 5000, like: [3_600_000], faster: 1, everyMs: 60 }],
      [/signals would wait for their next attempt at once: raise everyMs, or faster/],
    ],
  ];
  for (const [what, phases, expected] of wrong) {
    test(what, () => {
      const { problems } = made(phases);
      for (const pattern of expected)
        assert.ok(
          problems.some((problem) => pattern.test(problem)),
          `${pattern}: ${problems.join('; ')}`,
        );
    });
  }

  test('more webhooks than are given, and the name of a built-in scenario', () => {
    const phases: readonly OwnPhase[] = [{ kind: 'constant-rate', name: 'a', perSecond: 1, seconds: 2, webhooks: 5 }];
    assert.match(made(phases, profile, 2).problems.join(), /goes to 5 webhooks, and WEBHOOK_TOKEN names 2/);
    const { problems } = ownPlan('sustained', phases, [], { sizes, profile, given: 0, read: () => day });
    assert.deepEqual(problems, ['"sustained" is the name of a built-in scenario: choose another one']);
  });
});

test('the key of a signal is that of what its plan says, not of what would be made up', () => {
  const byTicker: TargetProfile = {
    ...profile,
    idempotency: { kind: 'ttl', ttlMs: 1000, order: 'before-limiter', repeatRefreshes: false, fields: ['ticker'] },
  };
  const { phases } = planned(
    [{ kind: 'burst', name: 'bell', count: 4, content: { tickers: ['AAPL', 'MSFT'] } }],
    byTicker,
  );
  const keyOf = sharedKeys(byTicker, phases);
  assert.ok(keyOf !== null);
  const keys = [0, 1, 2, 3].map((n) => keyOf(`tag-${n}`, 0));
  assert.equal(keys[0], keys[2]);
  assert.equal(keys[1], keys[3]);
  assert.notEqual(keys[0], keys[1]);
  assert.notEqual(sharedKeys(byTicker)?.('tag-0', 0), sharedKeys(byTicker)?.('tag-2', 0));
});
