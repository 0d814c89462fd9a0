import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveReplays } from '../../analysis/interpret/replays.ts';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import type { BuiltInScenario } from '../../contract/plan/scenarios.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { seeded } from '../fixtures/random.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';
import { madeTtlMs, type SignalFaults, SignalServer, type Surroundings } from '../fixtures/signal-server.ts';
import { simulations } from '../fixtures/simulations.ts';

function judged(
  name: BuiltInScenario,
  server: SignalServer,
  faults: SignalFaults = {},
  profile: TargetProfile = builtInProfiles.embedded,
) {
  const ledger = resolveReplays(server.ledger(faults, profile.readback.kind !== 'none'), profile);
  const run = runOf([{ name, ledger }], { profile });
  const { status, summary, evidence = [] } = exactlyOnce.judge(run);
  return { status, text: [summary, ...evidence].join('\n') };
}

/** What the made-up server promises. */
function promises({ refreshes = false, replays = false, isRead = true }): TargetProfile {
  const { embedded, fastapi } = builtInProfiles;
  return {
    ...embedded,
    answers: replays ? fastapi.answers : embedded.answers,
    readback: isRead ? embedded.readback : { kind: 'none' },
    idempotency: {
      kind: 'ttl',
      ttlMs: madeTtlMs,
      fields: ['signal_id', 'ticker'],
      order: 'before-limiter',
      repeatRefreshes: refreshes,
    },
  };
}
const refreshing = promises({ refreshes: true });

function idempotency(seed: number, around: Surroundings = {}, keys = 30): SignalServer {
  const server = new SignalServer(seeded(seed), around);
  server.gaps(keys);
  server.together(keys, 10);
  server.refresh(keys);
  server.unlike(keys);
  server.changedPayload(keys);
  return server;
}

interface Fault {
  readonly name: string;
  readonly faults: SignalFaults;
  readonly says: RegExp;
  readonly profile?: TargetProfile;
  readonly around?: Surroundings;
}

const byReplays = { profile: promises({ replays: true, isRead: false }), around: { answers: 'replay' } } as const;
const byAnswers = { profile: promises({ isRead: false }) } as const;

const faulty: readonly Fault[] = [
  {
    name: 'get-then-set race',
    faults: { raceMs: 2 },
    says: /copies sent at one instant accepted more than once \(up to \d+ times\): .*% \(\d+ of 30; 95% interval/,
  },
  {
    name: '1% processed twice',
    faults: { twiceRate: 0.01 },
    says: /processed more than once of \d+ signals/,
  },
  {
    name: 'TTL 10% short',
    faults: { ttlFactor: 0.9 },
    says: /TTL shorter than declared \(about \d+ ms, between (69|[789]\d)\d ms and 9\d\d ms; declared 1000 ms\): \d+ of \d+ at 0\.95 TTL/,
  },
  {
    name: 'TTL 10% long',
    faults: { ttlFactor: 1.1 },
    says: /TTL longer than declared \(about \d+ ms, between 1\d\d\d ms and 1\d\d\d ms; declared 1000 ms\): \d+ of \d+ at 1\.05 TTL/,
  },
  { name: 'no idempotency', faults: { ttlFactor: 0 }, says: /no repeat within the TTL is recognized: / },
  {
    name: 'repeats prolong the TTL',
    faults: { refreshes: true },
    says: /a repeat prolongs the TTL, declared is that it does not: 100\.0% \(\d+ of \d+; 95% interval/,
  },
  {
    name: 'repeats do not prolong it, but should',
    faults: { refreshes: false },
    profile: refreshing,
    says: /a repeat does not prolong the TTL, declared is that it does/,
  },
  {
    name: 'ticker ignored',
    faults: { ignoresTicker: true },
    says: /distinct signals treated as duplicates \(signal_id and ticker make a signal what it is\): 100\.0% \(30 of 30/,
  },
  {
    name: 'lost after a 200',
    faults: { lostRate: 0.02 },
    says: /lost: tag-\w+(~\w+)?: accepted (once|twice), processed (once|0 times)/,
  },
  {
    name: 'lost counter updates',
    faults: { uncountedRate: 0.02 },
    says: /lost counter updates: \d+ fewer counted than processed/,
  },
  {
    name: 'duplicates of a dead claim',
    faults: { deadClaimRate: 0.05 },
    says: /lost: tag-\w+: answered as a duplicate, never processed/,
  },
  { name: 'race, by answers alone', faults: { raceMs: 2 }, says: /accepted twice within \d+ ms/, ...byAnswers },
  {
    name: 'TTL 10% long, by answers alone',
    faults: { ttlFactor: 1.1 },
    says: /TTL longer than declared/,
    ...byAnswers,
  },
  { name: 'race, by replays', faults: { raceMs: 2 }, says: /copies sent at one instant accepted more/, ...byReplays },
  { name: 'TTL 10% short, by replays', faults: { ttlFactor: 0.9 }, says: /TTL shorter than declared/, ...byReplays },
  { name: 'TTL 10% long, by replays', faults: { ttlFactor: 1.1 }, says: /TTL longer than declared/, ...byReplays },
  {
    name: 'ticker ignored, by replays',
    faults: { ignoresTicker: true },
    says: /distinct signals treated as duplicates/,
    ...byReplays,
  },
  { name: '500 on 3%', faults: { failureRate: 0.03 }, says: /\d+ of \d+ failed: answered with a failure/ },
];

for (const { name, faults, says, profile, around } of faulty) {
  test(`exactly once finds and names: ${name}`, () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const { status, text } = judged('idempotency', idempotency(seed, around), faults, profile);
      assert.equal(status, 'fail', `seed ${seed}: ${text}`);
      assert.match(text, says, `seed ${seed}`);
    }
  });
}

test('a race shows at an instant, whatever else holds, and the TTL is not blamed', () => {
  const { text } = judged('idempotency', idempotency(3), { raceMs: 2 });
  assert.doesNotMatch(text, /TTL (shorter|longer) than declared/);
});

test('keys that outlive the TTL anyway are not said to be prolonged by a repeat', () => {
  for (const ttlFactor of [1.4, 100]) {
    const { text } = judged('idempotency', idempotency(3), { ttlFactor });
    assert.match(text, /TTL longer than declared/);
    assert.doesNotMatch(text, /prolong/);
  }
  assert.match(judged('idempotency', idempotency(3), { refreshes: true }).text, /a repeat prolongs the TTL/);
});

test('a healthy server: every remark is there, with its n', () => {
  const { status, text } = judged('idempotency', idempotency(5));
  assert.equal(status, 'pass', text);
  for (const says of [
    /repeated after 0\.95 TTL: 100\.0% \((29|30) of (29|30); 95% interval [\d.]+–100\.0%\) recognized/,
    /repeated after 1\.05 TTL: 100\.0% \((29|30) of (29|30); .*\) taken as new/,
    /exactly one accepted for 100\.0% \(30 of 30/,
    /a repeat does not prolong the TTL, as declared/,
    /another price under the same key: ignored, the first price stands, in 30 of 30 cases/,
    /both accepted in 100\.0% \(30 of 30/,
    /TTL kept from both sides: recognized after 9\d\d ms, new after 1\d\d\d ms/,
    /retries after 5 s or more are taken as new signals/,
    /the target's counter equals its list on 5 webhooks/,
    /none of \d+ repeated signals processed twice: with 95% certainty fewer than \d\.\d\d% are/,
    /none of \d+ accepted signals read back processed twice: with 95% certainty fewer than 0\.\d+% are/,
  ]) {
    assert.match(text, says);
  }
});

const runs = simulations(2_000);
test(`${runs} healthy servers are never accused: jitter, time-outs, refused connections and stalls of 2 s`, () => {
  let passed = 0;
  let decidable = 0;
  for (let seed = 1; seed <= runs; seed += 1) {
    const random = seeded(seed);
    const isRefreshing = random() < 0.2;
    const isRead = random() < 0.8;
    const kind = random();
    const answers = kind < 0.7 ? 'status' : kind < 0.9 ? 'replay' : kind < 0.95 ? 'echo' : 'constant';
    const around: Surroundings = {
      jitterMs: random() < 0.3 ? 60 : 5,
      timeoutRate: random() < 0.3 ? 0.03 : 0,
      refusedRate: random() < 0.2 ? 0.03 : 0,
      stallAtMs: random() < 0.5 ? random() * 2500 : null,
      repeatRefreshes: isRefreshing,
      answers,
    };
    const server = new SignalServer(random, around);
    const isConcurrent = seed % 4 === 0;
    if (isConcurrent) server.concurrency(2, 4);
    else {
      server.gaps(2);
      server.together(2, 5);
      server.refresh(3);
      server.unlike(3);
      server.changedPayload(2);
    }
    const { status, text } = judged(
      isConcurrent ? 'concurrency' : 'idempotency',
      server,
      {},
      promises({ refreshes: isRefreshing, replays: answers !== 'status', isRead }),
    );
    assert.notEqual(status, 'fail', `seed ${seed}: ${text}`);
    // Where answers do not tell a replay, what was processed does.
    if (isRead) decidable += 1;
    if (status === 'pass') passed += 1;
  }
  // A stall may leave a side of the TTL untried; most runs still prove what they are there for.
  assert.ok(passed > 0.8 * decidable && passed <= decidable, `${passed} of ${decidable} passed`);
});

test('power: a duplicate rate of 1 in 10,000 is found in 30,000 keys with 95% certainty, and a rate of none never', () => {
  // 1 − (1 − 10⁻⁴)^30000 = 95.02%. Keys that are processed once do not change a verdict, so each run is drawn whole, but its
  // ledger holds one of them and those that were processed twice, which are a geometric number of keys apart.
  const [seeds, keys, rate] = [simulations(500), 30_000, 1e-4];
  let found = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const random = seeded(seed);
    const requests: MadeRequest[] = [{ atMs: 0, outcome: 'accepted', signal: 'tag-o0' }];
    const effects: Record<string, number> = {};
    for (let key = 0; ; ) {
      key += Math.ceil(Math.log(1 - random()) / Math.log(1 - rate));
      if (key > keys) break;
      requests.push({ atMs: key, outcome: 'accepted', signal: `tag-o${key}` });
      effects[`tag-o${key}`] = 2;
    }
    if (exactlyOnce.judge(runOf([{ name: 'hft', ledger: ledgerOf(requests, effects) }])).status === 'fail') found += 1;
  }
  const standardError = Math.sqrt((0.9502 * (1 - 0.9502)) / seeds);
  assert.ok(Math.abs(found / seeds - 0.9502) < 3 * standardError, `${found} of ${seeds}`);

  // One such key among them all is enough for the verdict, by answers or by read-back.
  const server = new SignalServer(seeded(1));
  server.gaps(5);
  server.odds(keys);
  const healthy = judged('idempotency', server);
  assert.equal(healthy.status, 'pass', healthy.text);
  assert.match(
    healthy.text,
    /none of 300\d\d repeated signals processed twice: with 95% certainty fewer than 0\.010% are/,
  );
  const { status, text } = judged('idempotency', server, { twiceRate: 2e-4 });
  assert.equal(status, 'fail', text);
  assert.match(text, /processed more than once: 0\.0\d+% \(\d+ of 300\d\d; 95% interval/);
});
