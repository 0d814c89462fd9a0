import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreLines } from '../../analysis/journal/store-lines.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import { gapPhase } from '../../contract/plan/repeats.ts';
import { roles } from '../../contract/plan/roles.ts';
import type { BuiltInScenario } from '../../contract/plan/scenarios.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { type SimulatedCase, simulatedRun } from '../fixtures/simulated-run.ts';
import type { KeyOf } from '../fixtures/simulated-server.ts';
import { profile, sizesWith, withSecondTenant } from './plan-cases.ts';

const keeping = (idempotency: object = {}): TargetProfile => ({
  ...profile,
  limiter: { kind: 'none' },
  idempotency: {
    ...{ kind: 'ttl', ttlMs: 1000, order: 'before-limiter', repeatRefreshes: false, fields: ['signal_id', 'ticker'] },
    ...idempotency,
  },
});

const signed = (timestamp: 's' | 'ms'): TargetProfile => ({
  ...keeping(),
  secret: {
    ...{ in: 'signature', algorithm: 'sha256', key: { encoding: 'text', prefix: '' }, encoding: 'hex' },
    ...{ signed: '{timestamp}.{body}', headers: { 'X-Signed': 't={timestamp},v1={signature}' }, timestamp },
    ...{ publicUrl: null, toleranceSeconds: 300, refusesReplays: false },
  },
});

const byId: KeyOf = ({ signal_id: id, ticker }, webhook) => `${webhook} ${id} ${ticker}`;

/** The key holds, too, what changes after so many milliseconds: the timestamp, or how often the server forgot all. */
const withTime =
  (ms: number): KeyOf =>
  (signal, webhook, sendMs) =>
    `${byId(signal, webhook, sendMs)} ${Math.floor(sendMs / ms)}`;

/** Which of two processes gets a request, each with keys of its own. */
function perProcess(): KeyOf {
  let asked = 0;
  return (signal, webhook, sendMs) => {
    asked += 1;
    return `${byId(signal, webhook, sendMs)} ${(asked * 7919) % 13 < 6 ? 'a' : 'b'}`;
  };
}

/** So many of all keys are evicted after so long. */
function evictsEach(n: number, afterMs: number, othersMs = 1000): () => number {
  let stored = 0;
  return () => {
    stored += 1;
    return stored % n === 0 ? afterMs : othersMs;
  };
}

type Server = Pick<SimulatedCase, 'keyOf' | 'keyLifeMs'>;

const runAgainst = (target: TargetProfile, server: Server) =>
  simulatedRun(['idempotency'], {
    ...{ profile: target, sizes: sizesWith({ IDEMPOTENCY_KEYS: '30' }), givenWebhooks: 0, seed: 11 },
    ...server,
  });

const judged = (target: TargetProfile, server: Server): Judgement => exactlyOnce.judge(runAgainst(target, server));

interface Case {
  readonly name: string;
  readonly target: TargetProfile;
  readonly server: Server;
  readonly first: RegExp;
  readonly never: RegExp;
}

const forAll = keeping({ scope: 'all', fields: ['signal_id'] });
const anyTenant: KeyOf = ({ signal_id: id }) => id;
const notOfKeys = /counters|background|client that has exited|released|error logs|fingerprint/;

const cases: readonly Case[] = [
  {
    name: 'a timestamp in seconds in the key',
    target: signed('s'),
    server: { keyOf: withTime(1000) },
    first: /^the key: let it hold only what the sender repeats/,
    never: /TTL:|atomic|looked up|lost keys|shared keys/,
  },
  {
    name: 'a timestamp in milliseconds in the key, or a very short TTL',
    target: signed('ms'),
    server: { keyOf: withTime(1) },
    first: /^the key: let it hold only what the sender repeats/,
    never: /atomic|looked up|shared keys/,
  },
  {
    name: 'keys that are lost as in a restart, or a flush',
    target: keeping(),
    server: { keyOf: withTime(3_000) },
    first: /^lost keys: a store that sweeps, evicts/,
    never: /atomic|looked up|shared keys|the key:/,
  },
  {
    name: 'keys that are evicted',
    target: keeping(),
    server: { keyLifeMs: evictsEach(4, 100) },
    first: /^lost keys: a store that sweeps, evicts/,
    never: /atomic|looked up|shared keys|the key:/,
  },
  {
    name: 'keys that are kept for ever, and evicted',
    target: keeping({ ttlMs: null }),
    server: { keyLifeMs: evictsEach(4, 100, Number.POSITIVE_INFINITY) },
    first: /^lost keys: a store that sweeps, evicts/,
    never: /atomic|looked up|shared keys|the key:/,
  },
  {
    name: 'keys that each process has for itself',
    target: keeping(),
    server: { keyOf: perProcess() },
    first: /^shared keys: do all processes look a key up in one place/,
    never: /looked up at all|the key:/,
  },
  {
    name: 'a key that holds the webhook, and should not',
    target: forAll,
    server: { keyOf: ({ signal_id: id }, webhook) => `${webhook} ${id}` },
    first: /^the key: it holds more than the profile says/,
    never: /atomic|TTL:|looked up|lost keys|shared keys|does it hold every field/,
  },
  {
    name: 'a key that holds the tenant, and should not',
    target: withSecondTenant(forAll),
    server: { keyOf: ({ signal_id: id }, webhook) => `${webhook} ${id}` },
    first: /^the key: it holds more than the profile says/,
    never: /atomic|TTL:|looked up|lost keys|shared keys|does it hold every field/,
  },
];

for (const { name, target, server, first, never } of cases) {
  test(`the advice speaks of the fault: ${name}`, () => {
    const judgement = judged(target, server);
    assert.equal(judgement.status, 'fail', judgement.summary);
    assertAdvice(exactlyOnce, judgement, { first, never });
    assertAdvice(exactlyOnce, judgement, { first, never: notOfKeys });
    const healthy = judged(target, target.idempotency === forAll.idempotency ? { keyOf: anyTenant } : {});
    assert.equal(healthy.status, 'pass', healthy.summary);
    assert.deepEqual(toldOf(exactlyOnce, healthy), []);
  });
}

test('where one process serves, keys that are forgotten at any age are not told of others', () => {
  const run = runAgainst(keeping(), { keyOf: perProcess() });
  const servers = [serverOf(60_000, () => ({ processes: [processOf({ pid: 99, role: 'root' })] }))];
  assertAdvice(exactlyOnce, exactlyOnce.judge({ ...run, servers }), {
    first: /^lost keys/,
    never: /shared keys|processes/,
  });
});

/** Redis as the monitor saw it each second, with so many keys evicted until then. */
function redisWith(evictedKeys: (second: number) => number): StoreLines {
  const stores = new StoreLines();
  for (let second = 0; second <= 60; second += 1) {
    const problem = stores.add({
      ...{ store: 'redis', atUs: startUs + second * 1_000_000, latencyMs: 1, unseen: [], instance: 'c8cb25f5' },
      ...{ clients: 5, maxClients: 1000, blockedClients: 0, connectionsTaken: 9, connectionsRefused: 0 },
      ...{ commands: 50 * second, usedBytes: 1e6, maxBytes: 1e6, policy: 'allkeys-lru', savesOk: true },
      ...{ evictedKeys: evictedKeys(second), fullErrors: 0, unsavedErrors: 0, readOnlyErrors: 0, loadingErrors: 0 },
      ...{ clusterErrors: 0, busyErrors: 0, slowCommands: 0, slowestMs: null, slowestCommand: null },
    });
    assert.equal(problem, null);
  }
  return stores;
}

test('keys that Redis was seen to evict look like a short TTL: what it did is told, and comes first', () => {
  const judgedWith = (target: TargetProfile, keyLifeMs: number, stores: StoreLines): Judgement => {
    const run = runAgainst(target, { keyLifeMs: () => keyLifeMs });
    return exactlyOnce.judge({ ...run, servers: [serverOf(60_000, () => ({}), { stepMs: 1000, stores })] });
  };
  const evicting = redisWith((second) => 12 * second);
  const short = judgedWith(keeping(), 700, evicting);
  assert.match(short.summary, /TTL shorter than declared .*; Redis evicted 720 keys meanwhile, which may be why$/);
  assertAdvice(exactlyOnce, short, { first: /^lost keys/, never: notOfKeys });
  const cache: TargetProfile = { ...keeping(), redis: 'present', redisUse: 'cache' };
  const elsewhere = [
    judgedWith(
      keeping(),
      700,
      redisWith(() => 500),
    ),
    judgedWith(cache, 700, evicting),
  ];
  for (const judgement of elsewhere) {
    assert.match(judgement.summary, /TTL shorter than declared/);
    assert.doesNotMatch(judgement.summary, /Redis/);
    assertAdvice(exactlyOnce, judgement, { first: /^TTL: /, never: notOfKeys });
  }
  const healthy = judgedWith(keeping(), 1000, evicting);
  assert.equal(healthy.status, 'pass', healthy.summary);
  assert.doesNotMatch(healthy.summary, /Redis/);
});

const pending: TargetProfile = {
  ...keeping({ ttlMs: 86_400_000, fields: ['signal_id'] }),
  answers: [
    { outcome: 'pending', statuses: [409] },
    { outcome: 'changed', statuses: [422] },
    ...profile.answers.slice(0, -1),
    { outcome: 'rejected', statuses: [401] },
  ],
};
const shortLived = keeping({ fields: ['signal_id'] });

type Outcome = MadeRequest['outcome'];

/** Signals of one phase, each with these requests: when each is sent, and what is answered. */
const signals = (phase: string, n: number, requests: readonly (readonly [number, Outcome])[]): readonly MadeRequest[] =>
  Array.from({ length: n }, (_, signal) =>
    requests.map(([atMs, outcome]) => ({
      ...{ atMs: signal * 5000 + atMs, outcome, phase, signal: `tag-${phase}-${signal}` },
      ...(outcome === 'failed' ? { status: 500 } : {}),
      ...(outcome === 'abandoned' ? { status: 0 } : {}),
    })),
  ).flat();

const effectsOf = (phase: string, n: number, each: number): Readonly<Record<string, number>> =>
  Object.fromEntries(Array.from({ length: n }, (_, signal) => [`tag-${phase}-${signal}`, each]));

function found(
  name: BuiltInScenario,
  target: TargetProfile,
  requests: readonly MadeRequest[],
  effects: Readonly<Record<string, number>> = {},
): Judgement {
  return exactlyOnce.judge(runOf([{ name, ledger: ledgerOf(requests, effects) }], { profile: target }));
}

const others = /TTL:|atomic|counters|background|looked up at all|shared keys|lost keys/;
const cut = roles['redelivery.cut'].name;
const changed = roles['idempotency.changed-payload'].name;
const recognized = signals(gapPhase(0), 1, [
  [0, 'accepted'],
  [5, 'duplicate'],
]);

test('the advice on a key that stays in progress is to let it go', () => {
  const first = /^a key that is in progress must be let go when its handler dies/;
  const afterCut = [0, 120, 320, 800, 1800, 3800].map((ms) => [ms, ms === 0 ? 'abandoned' : 'pending'] as const);
  const stuck = found(
    'redelivery',
    pending,
    [...signals(cut, 1, afterCut), { atMs: 0, outcome: 'accepted', signal: 'tag-2', tookMs: 30, phase: cut }],
    effectsOf(cut, 1, 0),
  );
  assertAdvice(exactlyOnce, stuck, { first, never: others });
  const held = gapPhase(0.95);
  const repeats = [[0, 'accepted'] as const, [3800, 'pending'] as const];
  const answered = ledgerOf([...recognized, ...signals(held, 1, repeats)], effectsOf(held, 1, 0));
  answered.addEffect(`tag-${held}-0`, 0, startUs + 1000);
  answered.readbacks.set(0, answered.effectCount);
  const kept = exactlyOnce.judge(runOf([{ name: 'idempotency', ledger: answered }], { profile: pending }));
  assertAdvice(exactlyOnce, kept, { first, never: others });
  const done = signals(gapPhase(0.95), 1, [
    [0, 'accepted'],
    [3800, 'duplicate'],
  ]);
  assert.deepEqual(toldOf(exactlyOnce, found('idempotency', pending, [...recognized, ...done])), []);
});

test('the advice on a changed payload is to tell it; on one that is told and processed, to do so first', () => {
  const answered = (outcome: Outcome, effects = 1) => {
    const requests = signals(changed, 5, [
      [0, 'accepted'],
      [9, outcome],
    ]);
    return found('idempotency', pending, [...recognized, ...requests], effectsOf(changed, 5, effects));
  };
  for (const judgement of [answered('accepted'), answered('accepted', 2), answered('duplicate')]) {
    assertAdvice(exactlyOnce, judgement, {
      first: /^a changed payload: keep a fingerprint of the first with its key/,
      never: others,
    });
  }
  assertAdvice(exactlyOnce, answered('changed', 2), { first: /^what is refused must have no effect/, never: others });
  assert.deepEqual(toldOf(exactlyOnce, answered('changed')), []);
});

test('the advice on repeats that fail looks into their logs, and asks for no effect only if there was one', () => {
  const phase = gapPhase(0.5);
  const judgedWith = (outcome: Outcome, effects: number) => {
    const within = signals(phase, 20, [
      [0, 'accepted'],
      [500, outcome],
    ]);
    const past = signals(gapPhase(2), 20, [
      [0, 'accepted'],
      [2010, 'accepted'],
    ]);
    return found('idempotency', shortLived, [...within, ...past], effectsOf(phase, 20, effects));
  };
  assertAdvice(exactlyOnce, judgedWith('failed', 1), {
    first: /^error logs of the workers at the times of the repeats/,
    never: /TTL:|atomic|counters|background|must have no effect/,
  });
  assertAdvice(exactlyOnce, judgedWith('failed', 2), {
    first: /^a repeat that fails must have no effect/,
    never: /TTL:|atomic|counters|background/,
  });
  assert.deepEqual(toldOf(exactlyOnce, judgedWith('duplicate', 1)), []);
});
