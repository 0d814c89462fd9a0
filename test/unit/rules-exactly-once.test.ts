import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withoutCutOffLists } from '../../analysis/interpret/cut-off-lists.ts';
import { resolveReplays } from '../../analysis/interpret/replays.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { gapPhase } from '../../contract/plan/repeats.ts';
import { roles } from '../../contract/plan/roles.ts';
import type { BuiltInScenario } from '../../contract/plan/scenarios.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';

const at = (atMs: number, outcome: MadeRequest['outcome'], changes: Partial<MadeRequest> = {}): MadeRequest => ({
  atMs,
  outcome,
  signal: 'tag-1',
  ...changes,
});
const broken = { status: 0, tookMs: 1 } as const;

interface Case {
  readonly name: string;
  readonly requests: readonly MadeRequest[];
  readonly effects?: Readonly<Record<string, number>>;
  readonly expected: Status;
  readonly says?: RegExp;
}

const cases: readonly Case[] = [
  { name: 'one signal, one effect', requests: [at(0, 'accepted')], expected: 'pass' },
  {
    name: 'a repeat within the TTL is a duplicate',
    requests: [at(0, 'accepted'), at(500, 'duplicate')],
    expected: 'pass',
  },
  {
    name: 'a repeat after the TTL is a new signal',
    requests: [at(0, 'accepted'), at(1500, 'accepted')],
    effects: { 'tag-1': 2 },
    expected: 'pass',
  },
  {
    name: 'accepted, but never processed',
    requests: [at(0, 'accepted')],
    effects: { 'tag-1': 0 },
    expected: 'fail',
    says: /lost: tag-1: accepted once, processed 0 times/,
  },
  {
    name: 'accepted anew after the TTL, but processed only the first time',
    requests: [at(0, 'accepted'), at(1500, 'accepted')],
    effects: { 'tag-1': 1 },
    expected: 'fail',
    says: /lost: tag-1: accepted twice, processed once/,
  },
  {
    name: 'a duplicate that was processed all the same',
    requests: [at(0, 'accepted'), at(100, 'duplicate')],
    effects: { 'tag-1': 2 },
    expected: 'fail',
    says: /processed more than once: tag-1: processed twice within the TTL, accepted once/,
  },
  {
    name: 'accepted twice within the TTL',
    requests: [at(0, 'accepted'), at(900, 'accepted')],
    effects: { 'tag-1': 2 },
    expected: 'fail',
    says: /processed more than once: tag-1: processed twice within the TTL, accepted twice/,
  },
  {
    name: 'accepted twice within the TTL, and a third time after it',
    requests: [at(0, 'accepted'), at(900, 'accepted'), at(3000, 'accepted')],
    effects: { 'tag-1': 3 },
    expected: 'fail',
    says: /accepted twice within 902 ms/,
  },
  {
    name: 'accepted twice within the TTL, but processed once: no harm done',
    requests: [at(0, 'accepted'), at(900, 'accepted')],
    effects: { 'tag-1': 1 },
    expected: 'pass',
    says: /1 signal answered as accepted more than once within the TTL, but processed once: if something/,
  },
  {
    name: 'accepted twice about the TTL proves nothing',
    requests: [at(0, 'accepted', { tookMs: 60 }), at(960, 'accepted', { tookMs: 60 })],
    effects: { 'tag-1': 2 },
    expected: 'pass',
  },
  {
    name: 'called a duplicate long after the TTL',
    requests: [at(0, 'accepted'), at(2000, 'duplicate')],
    expected: 'fail',
    says: /wrongly suppressed: tag-1/,
  },
  {
    name: 'answered only as a duplicate and never processed',
    requests: [at(0, 'duplicate')],
    effects: { 'tag-1': 0 },
    expected: 'fail',
    says: /lost: tag-1: answered as a duplicate, never processed/,
  },
  {
    name: 'answered only as a duplicate, but processed once: a proxy that resends',
    requests: [at(0, 'duplicate'), at(5000, 'accepted', { signal: 'tag-2' })],
    effects: { 'tag-1': 1 },
    expected: 'pass',
    says: /1 signal answered only as duplicate, yet processed once/,
  },
  {
    name: 'a duplicate of an attempt under way, which then failed and says so: its sender tries again',
    requests: [
      at(0, 'failed', { status: 500, tookMs: 50 }),
      at(10, 'duplicate'),
      at(5000, 'accepted', { signal: 'tag-2' }),
    ],
    effects: { 'tag-1': 0 },
    expected: 'pass',
  },
  {
    name: 'a duplicate of an attempt under way, whose worker died with the claim',
    requests: [at(0, 'failed', { ...broken, tookMs: 50 }), at(10, 'duplicate')],
    effects: { 'tag-1': 0 },
    expected: 'fail',
    says: /lost: tag-1: answered as a duplicate, never processed/,
  },
  {
    name: 'a duplicate after the attempt that claimed the key broke off',
    requests: [at(0, 'failed', broken), at(200, 'duplicate')],
    effects: { 'tag-1': 0 },
    expected: 'fail',
    says: /lost: tag-1: answered as a duplicate, never processed/,
  },
  {
    name: 'a duplicate after a 5xx that did not let go of the key',
    requests: [at(0, 'failed', { status: 500 }), at(200, 'duplicate')],
    effects: { 'tag-1': 0 },
    expected: 'fail',
    says: /lost: tag-1/,
  },
  {
    name: 'a 5xx after its effect, and its repeat processed again',
    requests: [at(0, 'failed', { status: 500 }), at(200, 'accepted')],
    effects: { 'tag-1': 2 },
    expected: 'fail',
    says: /processed twice within the TTL/,
  },
  {
    name: 'a duplicate that a time-out may explain',
    requests: [at(0, 'timeout', { tookMs: 400 }), at(500, 'duplicate'), at(5000, 'accepted', { signal: 'tag-2' })],
    effects: { 'tag-1': 0 },
    expected: 'pass',
  },
  {
    name: 'a time-out may have been processed or not: once',
    requests: [at(0, 'timeout', { tookMs: 10_000 }), at(20_000, 'accepted')],
    effects: { 'tag-1': 2 },
    expected: 'pass',
  },
  {
    name: 'a time-out may be processed after its client gave up, more than a TTL after its repeat',
    requests: [at(0, 'timeout', { tookMs: 100 }), at(200, 'accepted')],
    effects: { 'tag-1': 2 },
    expected: 'pass',
  },
  {
    name: 'what a proxy gave up may be processed later, more than a TTL after its repeat',
    requests: [at(0, 'failed', { status: 504, tookMs: 300 }), at(400, 'accepted')],
    effects: { 'tag-1': 2 },
    expected: 'pass',
    says: /1 of unknown effect/,
  },
  {
    name: 'what a proxy gave up may let go of the key later',
    requests: [
      at(0, 'failed', { status: 504, tookMs: 400 }),
      at(500, 'duplicate'),
      at(5000, 'accepted', { signal: 'tag-2' }),
    ],
    effects: { 'tag-1': 0 },
    expected: 'pass',
  },
  {
    name: 'but is not processed more often than asked',
    requests: [at(0, 'failed', { status: 504, tookMs: 300 }), at(400, 'accepted')],
    effects: { 'tag-1': 3 },
    expected: 'fail',
    says: /processed more than once: tag-1/,
  },
  {
    name: 'but not more often than asked',
    requests: [at(0, 'timeout', { tookMs: 10_000 }), at(20_000, 'accepted')],
    effects: { 'tag-1': 3 },
    expected: 'fail',
  },
  {
    name: 'a refused signal that was processed all the same',
    requests: [at(0, 'limited'), at(0, 'accepted', { signal: 'tag-2' })],
    effects: { 'tag-1': 1 },
    expected: 'fail',
    says: /unexpected: tag-1: never admitted, processed once/,
  },
  {
    name: 'a connection that was refused cannot have had an effect',
    requests: [at(0, 'failed', { ...broken, error: 1212 }), at(0, 'accepted', { signal: 'tag-2' })],
    effects: { 'tag-1': 1 },
    expected: 'fail',
    says: /unexpected: tag-1/,
  },
  {
    name: 'one that broke off can',
    requests: [at(0, 'failed', { ...broken, error: 1220 }), at(0, 'accepted', { signal: 'tag-2' })],
    effects: { 'tag-1': 1 },
    expected: 'pass',
    says: /1 of unknown effect/,
  },
  {
    name: 'an effect of this run that was never sent',
    requests: [at(0, 'accepted')],
    effects: { 'tag-99': 1 },
    expected: 'fail',
    says: /unexpected: tag-99: never sent, but processed/,
  },
  {
    name: 'effects of earlier runs on a given webhook',
    requests: [at(0, 'accepted')],
    effects: { 'yesterday-1': 1, 'yesterday-2': 1 },
    expected: 'pass',
    says: /2 signals of other ids read back/,
  },
  {
    name: 'a read-back with other ids throughout is not understood',
    requests: [at(0, 'accepted')],
    effects: { 'tag-1': 0, 'x1c9-1': 1 },
    expected: 'inconclusive',
    says: /does readback\.id name the field/,
  },
  { name: 'nothing accepted, nothing shown', requests: [at(0, 'limited')], expected: 'inconclusive' },
];

for (const { name, requests, effects, expected, says } of cases) {
  test(`exactly once: ${name}`, () => {
    const judgement = exactlyOnce.judge(runOf([{ name: 'hft', ledger: ledgerOf(requests, effects) }]));
    const text = [judgement.summary, ...(judgement.evidence ?? [])].join('\n');
    assert.equal(judgement.status, expected, text);
    if (says !== undefined) assert.match(text, says);
  });
}

function judged(name: BuiltInScenario, ledger: ReturnType<typeof ledgerOf>, profile?: TargetProfile) {
  const {
    status,
    summary,
    evidence = [],
  } = exactlyOnce.judge(runOf([{ name, ledger }], profile === undefined ? {} : { profile }));
  return { status, text: [summary, ...evidence].join('\n') };
}

test('exactly once: the odds are said from 30 repeated signals on, and not before', () => {
  const repeated = (n: number): readonly MadeRequest[] =>
    Array.from({ length: n }, (_, key) => [
      at(key * 10, 'accepted', { signal: `tag-${key}` }),
      at(key * 10 + 300, 'duplicate', { signal: `tag-${key}` }),
    ]).flat();
  const many = judged('hft', ledgerOf(repeated(60)));
  assert.equal(many.status, 'pass');
  assert.match(many.text, /none of 60 repeated signals processed twice: with 95% certainty fewer than 5\.00% are/);
  assert.match(many.text, /none of 60 accepted signals read back processed twice: /);
  assert.doesNotMatch(judged('hft', ledgerOf(repeated(29))).text, /certainty/);
});

test('exactly once: more effects than signals are explained by the repeats that are new signals', () => {
  const fresh = [at(0, 'accepted'), at(1100, 'accepted')];
  const again = judged(
    'hft',
    ledgerOf([...fresh, at(5000, 'accepted', { signal: 'tag-2' })], { 'tag-1': 2, 'tag-2': 1 }),
  );
  assert.equal(again.status, 'pass', again.text);
  assert.match(
    again.text,
    /^3 effects of 2 signals read back \(1 is of repeats after the TTL, which are new signals\): none lost, none processed twice/,
  );
  const one = judged('hft', ledgerOf([at(0, 'accepted')], { 'tag-1': 1 }));
  assert.match(one.text, /^1 effect of 1 signal read back: none lost/);
});

test('exactly once: fewer effects than signals are explained by those that were accepted', () => {
  const requests = Array.from({ length: 7 }, (_, n) =>
    at(n * 10, n < 4 ? 'accepted' : 'limited', { signal: `tag-${n}` }),
  );
  const effects = Object.fromEntries(requests.map((_, n) => [`tag-${n}`, n < 4 ? 1 : 0]));
  const some = judged('hft', ledgerOf(requests, effects));
  assert.equal(some.status, 'pass', some.text);
  assert.match(some.text, /^4 effects of 7 signals read back \(4 signals were accepted\): none lost/);
  const again = [
    at(0, 'accepted'),
    at(1100, 'accepted'),
    ...[1, 2, 3].map((n) => at(n, 'limited', { signal: `no-${n}` })),
  ];
  const further = judged('hft', ledgerOf(again, { 'tag-1': 2, 'no-1': 0, 'no-2': 0, 'no-3': 0 }));
  assert.match(
    further.text,
    /^2 effects of 4 signals read back \(1 signal was accepted; 1 is of repeats after the TTL, which are new signals\): none/,
  );
});

test('exactly once: without a complete read-back nothing is proven, and nothing called lost', () => {
  const ledger = ledgerOf([at(0, 'accepted')], { 'tag-1': 0 });
  ledger.readbacks.clear();
  assert.equal(judged('hft', ledger).status, 'inconclusive');
});

test('exactly once: a read-back whose effects are not all there is incomplete, of that webhook alone', () => {
  const requests = [at(0, 'accepted'), at(0, 'accepted', { signal: 'tag-2', webhook: 1 })];
  const torn = ledgerOf(requests, { 'tag-1': 0 });
  torn.readbacks.set(0, 2);
  assert.equal(judged('hft', torn).status, 'inconclusive');
  const other = ledgerOf(requests, { 'tag-2': 0 });
  other.readbacks.set(0, 2);
  const { status, text } = judged('hft', other);
  assert.equal(status, 'fail');
  assert.match(text, /lost: tag-2/);
});

test('exactly once: a list that is cut off at a round number is no loss, one with holes is', () => {
  const requests = Array.from({ length: 180 }, (_, n) => at(n * 200, 'accepted', { signal: `tag-${n}` }));
  const without = (isMissing: (n: number) => boolean) =>
    ledgerOf(requests, Object.fromEntries(requests.map((_, n) => [`tag-${n}`, isMissing(n) ? 0 : 1])));
  const cut = judged(
    'hft',
    without((n) => n < 80),
  );
  assert.equal(cut.status, 'inconclusive', cut.text);
  assert.match(cut.text, /read-back of webhook 0 looks cut off at 100 entries: see readback\.next/);
  assert.equal(
    judged(
      'hft',
      without((n) => n < 79),
    ).status,
    'fail',
  );
  const pruned = without((n) => n < 79);
  pruned.totals.set(0, 180);
  assert.equal(judged('hft', pruned).status, 'inconclusive', 'its counter knows of those that it no longer lists');
  assert.match(
    judged(
      'hft',
      without((n) => n >= 10 && n < 90),
    ).text,
    /80 lost of 180 signals/,
  );
});

test('exactly once: lists that all end at one number are cut off, whatever the number; what one moment lost is lost', () => {
  const webhooks = [0, 1, 2];
  const listed = 25;
  /** Sixty signals to each webhook; the first of each is accepted anew at the end, past its TTL. */
  const sent = (webhook: number, fromMs: number): readonly MadeRequest[] => [
    ...Array.from({ length: 60 }, (_, n) =>
      at(fromMs + n * 200, 'accepted', { signal: `tag-${webhook}-${n}`, webhook }),
    ),
    at(fromMs + 60 * 200, 'accepted', { signal: `tag-${webhook}-0`, webhook }),
  ];
  const having = (apartMs: number, isListed: (n: number, webhook: number) => boolean) => {
    const effects = webhooks.flatMap((webhook) =>
      Array.from({ length: 60 }, (_, n) => [`tag-${webhook}-${n}`, isListed(n, webhook) ? 1 : 0] as const),
    );
    const ledger = ledgerOf(
      webhooks.flatMap((webhook) => sent(webhook, webhook * apartMs)),
      Object.fromEntries(effects),
    );
    return judged('hft', resolveReplays(withoutCutOffLists(ledger), builtInProfiles.embedded));
  };
  const isNewest = (n: number): boolean => n === 0 || n > 60 - listed;
  const cut = having(6000, isNewest);
  assert.equal(cut.status, 'inconclusive', cut.text);
  assert.match(cut.text, /read-back of webhook 0 and 2 others looks cut off at 25 entries: see readback\.next/);
  assert.doesNotMatch(cut.text, /lost:|wrongly suppressed:/);
  const atOneMoment = having(0, isNewest);
  assert.equal(atOneMoment.status, 'fail', atOneMoment.text);
  const unequal = having(6000, (n, webhook) => n === 0 || n > 60 - listed - webhook);
  assert.equal(unequal.status, 'fail', unequal.text);
  const holes = having(6000, (n) => n % 2 === 0 || n > 60 - listed);
  assert.equal(holes.status, 'fail', holes.text);
});

test('exactly once: a target without read-back cannot pass, but can fail on its answers', () => {
  const profile: TargetProfile = { ...builtInProfiles.embedded, readback: { kind: 'none' } };
  const answers = (requests: readonly MadeRequest[]) => {
    const ledger = ledgerOf(requests, { 'tag-1': 0 });
    ledger.readbacks.clear();
    return judged('hft', ledger, profile);
  };
  const healthy = answers([at(0, 'accepted'), at(100, 'duplicate')]);
  assert.equal(healthy.status, 'inconclusive');
  assert.match(
    healthy.text,
    /answers alone cannot show what was lost or processed more than once; by its answers none of 1 signal/,
  );
  assert.match(
    answers([at(0, 'accepted'), at(100, 'accepted')]).text,
    /accepted more than once: tag-1: accepted twice within 102 ms/,
  );
  assert.equal(answers([at(0, 'accepted'), at(100, 'accepted')]).status, 'fail');
  assert.equal(answers([at(0, 'accepted'), at(2500, 'duplicate')]).status, 'fail');
  // The time-out may have been accepted at any time after its client gave up.
  assert.equal(answers([at(0, 'timeout', { tookMs: 100 }), at(2500, 'duplicate')]).status, 'inconclusive');
  const failedFirst = (status: number) =>
    answers([at(0, 'failed', { status, tookMs: 100 }), at(2500, 'duplicate')]).status;
  assert.equal(failedFirst(504), 'inconclusive', 'a proxy gave up as a client does');
  assert.equal(failedFirst(500), 'fail');
});

test('exactly once: declared absent', () => {
  const profile: TargetProfile = {
    ...builtInProfiles.embedded,
    readback: { kind: 'none' },
    idempotency: { kind: 'none' },
  };
  const ledger = ledgerOf([at(0, 'accepted'), at(10, 'accepted')]);
  assert.equal(judged('hft', ledger, profile).status, 'not-applicable');
  const read: TargetProfile = { ...builtInProfiles.embedded, idempotency: { kind: 'none' } };
  assert.equal(judged('hft', ledger, read).status, 'pass');
  assert.equal(judged('hft', ledgerOf([at(0, 'accepted'), at(10, 'accepted')], { 'tag-1': 1 }), read).status, 'fail');
});

test('exactly once: burst', () => {
  const burst = (outcomes: readonly MadeRequest['outcome'][], stepMs = 1) =>
    judged(
      'burst',
      ledgerOf(outcomes.map((outcome, n) => at(n * stepMs, outcome, outcome === 'failed' ? { status: 503 } : {}))),
    );
  const duplicates = (n: number): 'duplicate'[] => Array(n).fill('duplicate');
  const table: readonly (readonly [string, ReturnType<typeof burst>, Status, RegExp])[] = [
    ['1 + 99 duplicates', burst(['accepted', ...duplicates(99)]), 'pass', /achieved spread 99\.0 ms/],
    [
      '1 + 9 duplicates + 90 limited',
      burst(['accepted', ...duplicates(9), ...Array(90).fill('limited')]),
      'pass',
      /achieved spread 99\.0 ms/,
    ],
    [
      'two accepted',
      burst(['accepted', 'accepted', ...duplicates(98)]),
      'fail',
      /1 processed more than once of 1 signal/,
    ],
    ['3 failed', burst(['accepted', ...duplicates(96), 'failed', 'failed', 'failed']), 'fail', /3 of 100 failed/],
    ['spread over the TTL', burst(['accepted', ...duplicates(20)], 50), 'inconclusive', /spread could exceed the TTL/],
    ['none accepted', burst(Array(20).fill('limited')), 'inconclusive', /no signal was accepted/],
  ];
  for (const [name, { status, text }, expected, says] of table) {
    assert.equal(status, expected, `${name}: ${text}`);
    assert.match(text, says, name);
  }
});

test('exactly once: failures are said once a place, with the phase that holds them all', () => {
  const [apart, together] = [roles['concurrency.apart'].name, roles['concurrency.shared'].name];
  const failing = (phase: string, signal: string) => at(0, 'failed', { status: 500, signal, phase });
  const healthy = [at(0, 'accepted', { phase: together }), at(0, 'accepted', { signal: 'tag-2', phase: apart })];
  const judge = (requests: readonly MadeRequest[]) =>
    exactlyOnce.judge(
      runOf([
        { name: 'burst', ledger: ledgerOf([at(0, 'accepted'), at(1, 'failed', { status: 500 })]) },
        { name: 'concurrency', ledger: ledgerOf([...healthy, ...requests]) },
      ]),
    );
  const { status, summary, evidence, parts } = judge([failing(apart, 'tag-3'), failing(apart, 'tag-4')]);
  assert.equal(status, 'fail');
  assert.equal(summary, '3 of 6 failed in burst and concurrency');
  assert.deepEqual(evidence?.slice(0, 2), [
    'burst: 1 of 2 failed: answered with a failure or cut off',
    'concurrency: 2 of 4 failed: answered with a failure or cut off, in phase concurrency_apart alone',
  ]);
  assert.deepEqual(
    parts?.map((part) => part.summary),
    [
      '1 signal, 1 of them repeated, 0 wrong; 1 of 2 failed; achieved spread 1.0 ms',
      '4 signals, 0 of them repeated, 0 wrong; 2 of 4 failed, in phase concurrency_apart alone',
    ],
  );
  const both = judge([failing(apart, 'tag-3'), failing(together, 'tag-4')]);
  assert.doesNotMatch([both.summary, ...(both.evidence ?? [])].join(), /phase/);
});

test('exactly once: a scenario in which nothing was sent proves nothing', () => {
  for (const name of ['burst', 'rate-limit', 'concurrency', 'idempotency'] as const) {
    const { status, summary } = exactlyOnce.judge(runOf([{ name, ledger: ledgerOf([]) }]));
    assert.equal(status, 'inconclusive', name);
    assert.match(summary, /no signal was accepted/);
  }
});

test('exactly once: repeats that are answered with an error are said to be what fails', () => {
  const gap = (gapTtl: number, n: number, outcomes: readonly MadeRequest['outcome'][]): MadeRequest[] =>
    outcomes.map((outcome, time) => ({
      ...at(n * 5000 + time * gapTtl * 1000, outcome, outcome === 'failed' ? { status: 500 + (n % 2) } : {}),
      ...{ signal: `tag-${gapTtl}-${n}`, phase: gapPhase(gapTtl) },
    }));
  const run = (outcomesOf: (gapTtl: number, n: number) => readonly MadeRequest['outcome'][]) => {
    const requests = [0.5, 2].flatMap((gapTtl) =>
      Array.from({ length: 20 }, (_, n) => gap(gapTtl, n, outcomesOf(gapTtl, n))).flat(),
    );
    return judged('idempotency', ledgerOf(requests));
  };
  const refused = run((gapTtl) => ['accepted', gapTtl < 1 ? 'failed' : 'accepted']);
  assert.equal(refused.status, 'fail');
  assert.match(
    refused.text,
    /^20 of 80 failed in idempotency; 20 of 20 repeats within the TTL were answered with 500 and 501\n/,
  );
  assert.doesNotMatch(refused.text, /fell surely within|none of 20 repeats/);
  const late = run((gapTtl) => ['accepted', gapTtl < 1 ? 'duplicate' : 'limited']);
  assert.match(late.text, /none of 20 repeats past the TTL was surely answered as new or as a duplicate/);
  const anything = run((gapTtl, n) =>
    n % 4 === 0 ? ['failed'] : ['accepted', gapTtl < 1 && n % 4 === 1 ? 'failed' : 'accepted'],
  );
  assert.match(anything.text, /failed in idempotency/);
  assert.doesNotMatch(anything.text, /repeats within the TTL were answered with/);
});

test('slow answers that leave the TTL open between far bounds do not prove it', () => {
  const repeated = (gapTtl: number, outcome: MadeRequest['outcome'], tookMs: number): MadeRequest[] =>
    [0, gapTtl * 1000].map((atMs) => ({
      ...at(atMs, atMs === 0 ? 'accepted' : outcome, { tookMs }),
      ...{ signal: `tag-${gapTtl}`, phase: gapPhase(gapTtl) },
    }));
  const judge = (withinTookMs: number, pastTookMs: number) =>
    judged(
      'idempotency',
      ledgerOf([...repeated(0.5, 'duplicate', withinTookMs), ...repeated(2, 'accepted', pastTookMs)]),
    );
  const near = judge(50, 50);
  assert.equal(near.status, 'pass', near.text);
  assert.match(near.text, /TTL kept from both sides/);
  for (const far of [judge(150, 50), judge(50, 600)]) {
    assert.equal(far.status, 'inconclusive', far.text);
    assert.match(far.text, /the TTL was measured (?:between \d+ ms and|as less than) \d+ ms only/);
    assert.doesNotMatch(far.text, /TTL kept/);
  }
});

test('exactly once: replays are known by the body of the first answer', () => {
  const profile: TargetProfile = { ...builtInProfiles.fastapi, readback: builtInProfiles.embedded.readback };
  const gap = (gapTtl: number, hash: number, second: number): MadeRequest[] => [
    at(0, 'accepted', { signal: `tag-${gapTtl * 100}`, phase: gapPhase(gapTtl), answerHash: hash }),
    at(gapTtl * 1000, 'accepted', {
      signal: `tag-${gapTtl * 100}`,
      phase: gapPhase(gapTtl),
      answerHash: second,
    }),
  ];
  const replayed = (requests: readonly MadeRequest[], effects: Record<string, number>) => {
    const ledger = resolveReplays(ledgerOf(requests, effects), profile);
    return { ...judged('idempotency', ledger, profile), ledger };
  };
  const kept = replayed([...gap(0.5, 11, 11), ...gap(1.5, 21, 22)], { 'tag-50': 1, 'tag-150': 2 });
  assert.equal(kept.status, 'pass', kept.text);
  assert.deepEqual([kept.ledger.outcomeOf(1), kept.ledger.recordedOutcomeOf(1)], ['duplicate', 'accepted']);
  assert.equal(kept.ledger.outcomeOf(3), 'accepted');

  const short = replayed([...gap(0.5, 11, 12), ...gap(1.5, 21, 22)], { 'tag-50': 2, 'tag-150': 2 });
  assert.equal(short.status, 'fail', short.text);
  const long = replayed([...gap(0.5, 11, 11), ...gap(1.5, 21, 21), ...gap(2, 31, 32)], {
    'tag-50': 1,
    'tag-150': 1,
    'tag-200': 2,
  });
  assert.equal(long.status, 'fail', long.text);
  assert.match(long.text, /TTL longer than declared/);

  // A body that is the signal's id, or "ok" for all: whether the repeat was accepted anew, it does not say.
  for (const [first, second] of [
    [11, 21],
    [7, 7],
  ] as const) {
    const requests = [...gap(0.5, first, first), ...gap(1.5, second, second)];
    const read = replayed(requests, { 'tag-50': 1, 'tag-150': 2 });
    assert.equal(read.status, 'pass', 'what was processed tells');
    assert.match(read.text, /TTL kept from both sides/);
    const late = replayed(requests, { 'tag-50': 1, 'tag-150': 1 });
    assert.match(late.text, /TTL longer than declared/);
    const unread = ledgerOf(requests, { 'tag-50': 0, 'tag-150': 0 });
    unread.readbacks.clear();
    const dumb = judged('idempotency', resolveReplays(unread, profile), builtInProfiles.fastapi);
    assert.equal(dumb.status, 'inconclusive', dumb.text);
    assert.match(dumb.text, /does not tell a replay from a new acceptance/);
    const twice = replayed([...gap(0.5, first, first), ...gap(1.5, second, second)], { 'tag-50': 2, 'tag-150': 2 });
    assert.equal(twice.status, 'fail', 'two effects within the TTL are two, whatever the answers');
  }
});

test('exactly once: the idempotency scenario does not pass where a side of the TTL was not tried', () => {
  const { status, text } = judged(
    'idempotency',
    ledgerOf([at(0, 'accepted', { phase: gapPhase(0.5) }), at(500, 'duplicate', { phase: gapPhase(0.5) })]),
  );
  assert.equal(status, 'inconclusive');
  assert.match(text, /no repeat fell surely past the TTL/);
});

test('exactly once: a read-back that names only the id that unlike signals share leaves them undecided', () => {
  const phase = roles['idempotency.distinct-ticker'].name;
  const pair = (n: number, second: MadeRequest['outcome'] = 'accepted'): readonly MadeRequest[] => [
    at(n * 50, 'accepted', { signal: `tag-u${n}~AAPL`, phase }),
    at(n * 50 + 5, second, { signal: `tag-u${n}~MSFT`, phase }),
  ];
  const named = (requests: readonly MadeRequest[], effects: Readonly<Record<string, number>>) =>
    judged(
      'hft',
      ledgerOf(requests, { ...Object.fromEntries(requests.map(({ signal = '' }) => [signal, 0])), ...effects }),
    );
  const bare = named([...pair(1), ...pair(2)], { 'tag-u1': 2, 'tag-u2': 2 });
  assert.equal(bare.status, 'inconclusive', bare.text);
  assert.match(bare.text, /the read-back does not name ticker: it cannot distinguish 4 signals that share an id/);
  assert.doesNotMatch(bare.text, /lost: |unexpected: |readback\.id/);

  // What needs no names is still proven: another signal's loss, a duplicate of nothing, an id that nobody sent.
  const other = at(500, 'accepted', { signal: 'tag-g1' });
  assert.match(named([...pair(1), other], { 'tag-u1': 2 }).text, /^1 lost of 3 signals\n.*lost: tag-g1: /);
  assert.match(named(pair(1, 'duplicate'), { 'tag-u1': 1 }).text, /wrongly suppressed: tag-u1 \(MSFT\)/);
  assert.match(named(pair(1), { 'tag-u1': 2, 'tag-u2': 2 }).text, /^1 unexpected of 2 signals\n.*: tag-u2: never sent/);
  // And where the field is named nothing is left open.
  assert.equal(named(pair(1), { 'tag-u1~AAPL': 1, 'tag-u1~MSFT': 1 }).status, 'pass');
  assert.match(named(pair(1), { 'tag-u1~AAPL': 1 }).text, /lost: tag-u1 \(MSFT\): accepted once/);
});

test('exactly once: what a changed payload does is said, and no verdict', () => {
  const phase = roles['idempotency.changed-payload'].name;
  const changed = (outcome: MadeRequest['outcome'], effects: number) =>
    judged(
      'idempotency',
      ledgerOf(
        [
          at(0, 'accepted', { signal: 'tag-p1', phase }),
          at(5, outcome, { signal: 'tag-p1', phase }),
          ...[0.5, 1.5].flatMap((gap) => [
            at(0, 'accepted', { signal: `tag-g${gap * 10}`, phase: gapPhase(gap) }),
            at(gap * 1000 + 2, gap < 1 ? 'duplicate' : 'accepted', {
              signal: `tag-g${gap * 10}`,
              phase: gapPhase(gap),
            }),
          ]),
        ],
        { 'tag-p1': effects },
      ),
    );
  for (const [outcome, effects, says] of [
    ['rejected', 1, /noticed and rejected in 1 of 1 case/],
    ['duplicate', 1, /ignored, the first price stands, in 1 of 1 case/],
    ['accepted', 2, /taken as a new signal in 1 of 1 case/],
    ['accepted', 1, /taken as a new signal in 1 of 1 case/],
  ] as const) {
    const { status, text } = changed(outcome, effects);
    assert.equal(status, 'pass', text);
    assert.match(text, says);
  }
});

test('exactly once: whether repeats use up quota is said against the declared order', () => {
  const phase = roles['idempotency.quota'].name;
  const quota = (limited: number, order: 'before-limiter' | 'after-limiter') => {
    const requests = [
      at(0, 'accepted', { signal: 'tag-q0', phase }),
      ...Array.from({ length: 15 }, (_, n) => at(n + 1, 'duplicate', { signal: 'tag-q0', phase })),
      ...Array.from({ length: 8 }, (_, n) =>
        at(30 + n, n < limited ? 'limited' : 'accepted', { signal: `tag-q${n + 1}`, phase }),
      ),
    ];
    return judged('idempotency', ledgerOf(requests), {
      ...builtInProfiles.embedded,
      idempotency: { kind: 'ttl', ttlMs: 1000, fields: ['signal_id'], order, repeatRefreshes: false },
    }).text;
  };
  assert.match(quota(0, 'before-limiter'), /repeats use up no quota, as declared: 0\.0% \(0 of 8/);
  assert.match(quota(8, 'before-limiter'), /repeats seem to use up quota, declared is that they use none/);
  assert.match(quota(8, 'after-limiter'), /repeats use up quota, as declared/);
  assert.match(quota(0, 'after-limiter'), /repeats seem to use up no quota/);
});
