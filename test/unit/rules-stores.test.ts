import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionsAt } from '../../analysis/stores/connections-at.ts';
import type {
  LogTroubleLine,
  PostgresLookLine,
  RedisLookLine,
  StoreFailureLine,
  StoreLine,
} from '../../contract/journal/journal.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { seeded } from '../fixtures/random.ts';
import { startUs } from '../fixtures/run.ts';
import { seed } from '../fixtures/seed.ts';
import { judged, toldBy } from '../fixtures/watched-stores.ts';

const seconds = 40;
const elapsedMs = seconds * 1000;
const atUs = (second: number): number => startUs + second * 1_000_000;
type Random = () => number;
const whole = (random: Random, below: number): number => Math.floor(random() * below);
/** Older versions and narrow permissions do not tell everything. */
const sometimesNull = (random: Random, value: number): number | null => (random() < 0.1 ? null : value);

/** Looks at a healthy Redis: any use below its limits, with harmless errors and idle blocking clients. */
function healthyRedis(random: Random): RedisLookLine[] {
  const tells = random() > 0.2;
  const old = whole(random, 50);
  const errors = tells ? old : null;
  const [maxClients, maxBytes] = [1000, random() < 0.5 ? 0 : 100e6];
  let taken = whole(random, 1000);
  const isNoEviction = random() < 0.5;
  return Array.from({ length: seconds + 1 }, (_, n): RedisLookLine => {
    taken += whole(random, 20);
    return {
      ...{ store: 'redis', atUs: atUs(n), latencyMs: 0.2 + 50 * random() ** 4, unseen: [], instance: 'c8cb25f5' },
      ...{ clients: 2 + whole(random, maxClients - 3), maxClients, blockedClients: whole(random, 100) },
      ...{
        connectionsTaken: taken,
        connectionsRefused: old,
        commands: 50 * n,
        usedBytes: 1e6 + 98e6 * random(),
        maxBytes,
      },
      ...{ policy: isNoEviction ? 'noeviction' : 'allkeys-lru', evictedKeys: old, savesOk: true },
      ...{ fullErrors: errors, unsavedErrors: errors, readOnlyErrors: errors, loadingErrors: errors },
      ...{ clusterErrors: errors, busyErrors: errors, slowCommands: whole(random, 3) },
      ...{ slowestMs: sometimesNull(random, 150 * random()), slowestCommand: 'KEYS' },
    };
  });
}

/** Looks at a healthy PostgreSQL: busy below its limits, with short waits for locks and long transactions. */
function healthyPostgres(random: Random): PostgresLookLine[] {
  const isHidden = random() < 0.3;
  const deadlocks = whole(random, 5);
  const [maxConnections, startedAt] = [100, 1_764_000_000.5];
  return Array.from({ length: seconds + 1 }, (_, n): PostgresLookLine => {
    const connections = 3 + whole(random, 95);
    const active = whole(random, Math.min(80, connections));
    return {
      ...{ store: 'postgres', atUs: atUs(n), latencyMs: 0.3 + 60 * random() ** 4, unseen: [], startedAt },
      ...{ connections, maxConnections, ofDatabase: connections - 1, maxOfDatabase: null },
      ...{ active: isHidden ? null : active, idle: connections - active, idleInTransaction: isHidden ? null : 2 },
      ...{ waitForLock: whole(random, 5), waitForIo: 3, waitForLatch: 1, waitForAdvisoryLock: whole(random, 9) },
      ...{ oldestTransactionMs: 1e7 * random(), longestIdleInTransactionMs: 9000, inRecovery: false },
      ...{
        longestLockWaitMs: sometimesNull(random, 900 * random() ** 3),
        deadlocks,
        sessions: n,
        transactions: 90 * n,
      },
    };
  });
}

const failure = (store: StoreFailureLine['store'], second: number, kind: StoreFailureLine['failure']) =>
  ({ store, atUs: atUs(second), failure: kind, code: null, tookMs: kind === 'timeout' ? 3000 : 1 }) as const;

/** From a second on. */
const from = <L extends StoreLine>(lines: readonly L[], second: number, changes: (look: L) => Partial<L>): L[] =>
  lines.map((line) => (line.atUs >= atUs(second) ? { ...line, ...changes(line) } : line));
/** In one look. */
const once = <L extends StoreLine>(lines: readonly L[], second: number, changes: Partial<L>): L[] =>
  lines.map((line) => (line.atUs === atUs(second) ? { ...line, ...changes } : line));
const failing = (lines: readonly StoreLine[], second: number, kinds: readonly StoreFailureLine['failure'][]) =>
  lines.map((line, n) => {
    const kind = kinds[n - second];
    return kind === undefined ? line : failure(line.store, n, kind);
  });
const more = (value: number | null, by: number): number => (value ?? 0) + by;

test('healthy stores pass, whatever their use, version and permissions', () => {
  const random = seeded(seed);
  for (let n = 0; n < 150; n += 1) {
    const lines = [...healthyRedis(random), ...healthyPostgres(random)];
    const judgement = judged({ lines, elapsedMs });
    assert.equal(judgement.status, 'pass', `${n}: ${toldBy(judgement)}`);
  }
});

const redisFaults: readonly (readonly [string, (looks: RedisLookLine[], at: number) => StoreLine[], Status, RegExp])[] =
  [
    ['stopped', (looks, at) => failing(looks, at, ['refused', 'refused']), 'fail', /nobody listens; it answered again/],
    [
      'stopped for good',
      (looks, at) => failing(looks, at, new Array(99).fill('refused')),
      'fail',
      /did not answer again/,
    ],
    ['frozen', (looks, at) => failing(looks, at, ['timeout']), 'fail', /did not answer within 3\.0 s/],
    [
      'full of connections',
      (looks, at) => failing(looks, at, ['full']),
      'fail',
      /refuses further connections \(limit reached/,
    ],
    [
      'full from the start',
      (looks) => failing(looks, 0, new Array(99).fill('full')),
      'fail',
      /refuses further connections \(limit reached/,
    ],
    ['loading', (looks, at) => failing(looks, at, ['loading', 'loading']), 'fail', /starting, loading or recovering/],
    [
      'restarted between two looks',
      (looks, at) => from(looks, at, () => ({ instance: 'beef1234', connectionsRefused: 0, evictedKeys: 0 })),
      'fail',
      /was restarted once/,
    ],
    [
      'stopped for ten looks and started again: when it was restarted is told by its looks',
      (looks, at) =>
        failing(
          from(looks, at, () => ({ instance: 'beef1234', connectionsRefused: 0, evictedKeys: 0 })),
          at,
          new Array(10).fill('refused'),
        ),
      'fail',
      /between \d+\.0 s and \d+\.\d s: was restarted once/,
    ],
    [
      'refuses connections',
      (looks, at) => from(looks, at, (look) => ({ connectionsRefused: more(look.connectionsRefused, 7) })),
      'fail',
      /refused 7 connections/,
    ],
    [
      'evicts',
      (looks, at) => from(looks, at, (look) => ({ evictedKeys: more(look.evictedKeys, 12) })),
      'warn',
      /evicted 12 keys/,
    ],
    ['cannot save', (looks, at) => from(looks, at, () => ({ savesOk: false })), 'warn', /could not save/],
    ['slow once', (looks, at) => once(looks, at, { latencyMs: 350 }), 'warn', /PING after 350 ms/],
    ['very slow once', (looks, at) => once(looks, at, { latencyMs: 2100 }), 'fail', /PING after 2100 ms/],
    [
      'held by a command',
      (looks, at) => once(looks, at, { slowestMs: 1300 }),
      'fail',
      /it was held by one command for 1300 ms[\s\S]*\(KEYS\)/,
    ],
    [
      'as full as it may be',
      (looks, at) => once(looks, at, { usedBytes: 100e6, maxBytes: 100e6, policy: 'noeviction' }),
      'warn',
      /100% of maxmemory/,
    ],
  ];

const tellingErrors = [
  ['fullErrors', /refused 3 writes because its memory is full/],
  ['unsavedErrors', /refused 3 commands because it cannot save/],
  ['readOnlyErrors', /refused 3 writes because it is a replica/],
  ['loadingErrors', /refused 3 commands while it loaded/],
  ['clusterErrors', /refused 3 commands because a master/],
  ['busyErrors', /refused 3 commands while a script/],
] as const;

test('each fault of Redis is found at any moment, and told when', () => {
  const random = seeded(seed + 1);
  for (const [name, make, status, words] of redisFaults) {
    for (let n = 0; n < 10; n += 1) {
      const at = 2 + whole(random, seconds - 5);
      const judgement = judged({ lines: make(healthyRedis(random), at), elapsedMs });
      assert.equal(judgement.status, status, `${name}: ${toldBy(judgement)}`);
      assert.match(toldBy(judgement), words, name);
      if (!/start/.test(name)) assert.match(toldBy(judgement), new RegExp(`Redis at (?:${at - 1}|${at})\\.`), name);
    }
  }
  for (const [field, words] of tellingErrors) {
    const looks = healthyRedis(random).map((look) => ({ ...look, [field]: 5 }));
    const judgement = judged({ lines: from(looks, 20, () => ({ [field]: 8 })), elapsedMs });
    assert.match(toldBy(judgement), new RegExp(`^fail: [\\s\\S]*${words.source}`), field);
  }
});

const postgresFaults: readonly (readonly [
  string,
  (looks: PostgresLookLine[], at: number) => StoreLine[],
  Status,
  RegExp,
])[] = [
  ['stopped', (looks, at) => failing(looks, at, ['broken', 'refused']), 'fail', /ended the connection, then refused/],
  ['a process crashed', (looks, at) => failing(looks, at, ['crashed']), 'fail', /one of its processes crashed/],
  ['restarted', (looks, at) => from(looks, at, () => ({ startedAt: 1_764_000_020 })), 'fail', /was restarted once/],
  [
    'deadlocks',
    (looks, at) => from(looks, at, (look) => ({ deadlocks: more(look.deadlocks, 2) })),
    'fail',
    /ended 2 transactions/,
  ],
  [
    'a lock',
    (looks, at) => once(looks, at, { longestLockWaitMs: 2500 }),
    'warn',
    /it kept a statement waiting for a lock for 2500 ms/,
  ],
  [
    'a long lock',
    (looks, at) => once(looks, at, { longestLockWaitMs: 7500 }),
    'fail',
    /it kept a statement waiting for a lock for 7500 ms/,
  ],
  [
    'no connection left',
    (looks, at) => once(looks, at, { connections: 100 }),
    'warn',
    /as many connections as it lets in/,
  ],
  [
    'nearly all at work',
    (looks, at) => once(looks, at, { connections: 97, active: 90, idleInTransaction: 4 }),
    'warn',
    /it had 94% of its connections at work/,
  ],
  ['slow', (looks, at) => once(looks, at, { latencyMs: 1500 }), 'fail', /SELECT 1 after 1500 ms/],
];

test('each fault of PostgreSQL is found at any moment, and told when', () => {
  const random = seeded(seed + 2);
  for (const [name, make, status, words] of postgresFaults) {
    for (let n = 0; n < 10; n += 1) {
      const at = 2 + whole(random, seconds - 5);
      const judgement = judged({ lines: make(healthyPostgres(random), at), elapsedMs });
      assert.equal(judgement.status, status, `${name}: ${toldBy(judgement)}`);
      assert.match(toldBy(judgement), words, name);
      assert.match(toldBy(judgement), new RegExp(`database at (?:${at - 1}|${at})\\.`), name);
    }
  }
});

test('slow while the machine had no CPU to spare weighs less', () => {
  const lines = once(healthyRedis(seeded(seed)), 20, { latencyMs: 2100, slowestMs: null });
  assert.match(toldBy(judged({ lines, elapsedMs }, { machineCpuPercent: 100 })), /^warn: [\s\S]*no CPU to spare/);
  const less = once(lines, 20, { latencyMs: 350 });
  assert.match(toldBy(judged({ lines: less, elapsedMs }, { machineCpuPercent: 100 })), /^pass: [\s\S]*no CPU to spare/);
});

test('a look that timed out while the machine had no CPU to spare is open; what the store said itself is not', () => {
  const looks = healthyRedis(seeded(seed));
  const busy = (lines: readonly StoreLine[], healthMs = 900) =>
    toldBy(judged({ lines, elapsedMs }, { machineCpuPercent: 100, healthMs }));
  assert.match(
    busy(failing(looks, 20, ['timeout'])),
    /^inconclusive: .*did not answer within 3\.0 s while the machine had no CPU to spare/,
  );
  assert.match(toldBy(judged({ lines: failing(looks, 20, ['timeout']), elapsedMs }, { healthMs: 900 })), /^fail: /);
  assert.match(busy(failing(looks, 20, ['timeout']), 2), /^fail: /, 'who was asked beside it had CPU');
  assert.match(busy(failing(looks, 20, ['timeout', 'refused'])), /^fail: .*1 of \d+ checks failed: .*nobody listens/);
  assert.match(busy(failing(looks, 20, ['full'])), /^fail: /);
});

test('timeouts of a full machine do not say that a full store refused them; failures do', () => {
  const full = once(healthyPostgres(seeded(seed)), 20, { connections: 100 });
  const told = (outcome: 'timeout' | 'failed', machineCpuPercent: number) => {
    const requests = Array.from({ length: 200 }, (_, n) =>
      n >= 95 && n < 103
        ? { atMs: n * 200, tookMs: 1000, outcome, status: outcome === 'failed' ? 500 : 0 }
        : { atMs: n * 200, outcome: 'accepted' as const },
    );
    return toldBy(judged({ lines: full, elapsedMs }, { requests, machineCpuPercent, healthMs: 900 }));
  };
  assert.match(told('timeout', 100), /^warn: [\s\S]*whether it refused any is not known/);
  assert.match(told('timeout', 20), /^fail: [\s\S]*requests failed meanwhile/);
  assert.match(told('failed', 100), /^fail: [\s\S]*requests failed meanwhile/);
});

test('what was not looked at is inconclusive, and says what to set', () => {
  const random = seeded(seed + 3);
  const looks = healthyRedis(random);
  const never = looks.map((_, n) => failure('redis', n, n % 2 === 0 ? 'refused' : 'denied'));
  assert.match(
    toldBy(judged({ lines: never, elapsedMs })),
    /^inconclusive: .*never answered.*is it up, and is MONITOR_REDIS_URL right/,
  );
  const holed = looks.filter((_, n) => n < 10 || n > 25);
  assert.match(
    toldBy(judged({ lines: holed, elapsedMs })),
    /^inconclusive: .*did not look at it at 9\.0 s and for 17\.0 s/,
  );
  assert.match(toldBy(judged({ lines: looks.slice(0, 20), elapsedMs })), /^inconclusive: /, 'it ended half way');
  const alone = looks.map((look) => ({ ...look, clients: 1, connectionsTaken: 5, commands: 3 }));
  assert.match(toldBy(judged({ lines: alone, elapsedMs })), /^inconclusive: .*nobody but the monitor used it/);
  const pooled = alone.map((look, n) => ({ ...look, commands: 90 * n }));
  assert.match(toldBy(judged({ lines: pooled, elapsedMs })), /^pass/, 'a pooler lends its one connection to all');
  const locked = failing(looks, 10, ['denied']);
  assert.match(toldBy(judged({ lines: locked, elapsedMs })), /^inconclusive: .*not look at it all the time/);
  const nobody = toldBy(judged({ lines: [], elapsedMs }, { profile: { redis: 'present' } }));
  assert.match(
    nobody,
    /^inconclusive: Redis: not monitored \(set MONITOR_REDIS_URL, or REDIS=none if the server has no Redis\)/,
  );
});

test('lines of the log fail the store that they tell of, beside looks that saw nothing', () => {
  const log: LogTroubleLine[] = [
    { atUs: atUs(12), trouble: 'pool-timeout', lines: 3 },
    { atUs: atUs(15), trouble: 'pool-timeout', lines: 4 },
  ];
  const judgement = judged({ lines: healthyPostgres(seeded(seed)), elapsedMs }, { log });
  assert.match(
    toldBy(judgement),
    /^fail: [\s\S]*database at 12\.0 s until 15\.0 s: 7 lines of the server's log: the pool of connections/,
  );
  assert.deepEqual(
    judgement.measures?.find(({ name }) => name === 'database-log-lines'),
    { name: 'database-log-lines', value: 7, unit: 'count', threshold: 0 },
  );
});

test('an exhausted pool that the log does not name is told of the database, or of Redis where there is no database', () => {
  const log: LogTroubleLine[] = [{ atUs: atUs(12), trouble: 'unnamed-pool-timeout', lines: 1168 }];
  const lines = healthyPostgres(seeded(seed));
  assert.match(
    toldBy(judged({ lines, elapsedMs }, { log })),
    /^fail: [\s\S]*database at 12\.0 s: 1168 lines of the server's log: a pool of connections was exhausted \(the line/,
  );
  const ofRedis = { profile: { database: 'none', redis: 'present' }, log } as const;
  assert.match(
    toldBy(judged({ lines: healthyRedis(seeded(seed)), elapsedMs }, ofRedis)),
    /^fail: [\s\S]*Redis at 12\.0 s: 1168 lines/,
  );
  assert.match(toldBy(judged({ lines, elapsedMs })), /^pass/);
});

test('what was before the load is history: a store that starts beside the server accuses nobody', () => {
  const looks = healthyRedis(seeded(seed));
  const starting = failing(looks, 0, ['refused', 'loading', 'refused']);
  const log: LogTroubleLine[] = [{ atUs: atUs(1), trouble: 'redis-no-connection', lines: 5 }];
  assert.match(toldBy(judged({ lines: starting, elapsedMs }, { log, loadFromMs: 5000 })), /^pass: /);
  assert.match(toldBy(judged({ lines: starting, elapsedMs }, { log, loadFromMs: 0 })), /^fail: /);
});

test('a store that never answered is told of no requests that failed with it: what failed may have had another reason', () => {
  const requests = Array.from({ length: 200 }, (_, n) => ({
    atMs: n * 200,
    outcome: n > 110 && n < 130 ? ('failed' as const) : ('accepted' as const),
  }));
  const told = (lines: readonly StoreLine[]): string => toldBy(judged({ lines, elapsedMs }, { requests }));
  const looks = healthyRedis(seeded(seed));
  const away = failing(
    looks,
    0,
    Array.from(looks, () => 'refused' as const),
  );
  assert.match(told(away), /^inconclusive: .*never answered[\s\S]*it did not answer again$/m);
  assert.doesNotMatch(told(away), /requests failed/);
  assert.match(
    told(failing(looks, 20, ['refused', 'refused'])),
    /^fail: [\s\S]*it answered again.*; 19 requests failed/,
  );
});

test('full where refusals are counted, and none was: a warning that says so, whatever failed meanwhile', () => {
  const looks = healthyRedis(seeded(seed)).map((look) => ({ ...look, fullErrors: 3 }));
  const full = from(looks, 20, () => ({ usedBytes: 101e6, maxBytes: 100e6, policy: 'noeviction' }));
  const requests = Array.from({ length: 200 }, (_, n) => ({
    atMs: n * 200,
    outcome: n > 110 ? ('failed' as const) : ('accepted' as const),
  }));
  assert.match(toldBy(judged({ lines: full, elapsedMs }, { requests })), /^warn: [\s\S]*it refused none/);
  const uncounted = full.map((look) => ({ ...look, fullErrors: null }));
  assert.match(toldBy(judged({ lines: uncounted, elapsedMs }, { requests })), /^fail: [\s\S]*failed meanwhile/);
});

test('full where refusals are counted, and some were: what it says of them is one number', () => {
  const looks = healthyRedis(seeded(seed)).map((look) => ({ ...look, fullErrors: 3, connectionsRefused: 5 }));
  const full = from(looks, 20, () => ({ usedBytes: 101e6, maxBytes: 100e6, policy: 'noeviction', fullErrors: 1495 }));
  const memory = toldBy(judged({ lines: full, elapsedMs }));
  assert.match(memory, /^fail: [\s\S]*used 101% of maxmemory[^\n]*\(it refused 1492 writes\)/);
  assert.doesNotMatch(memory, /refused none/);
  const taken = from(looks, 20, () => ({ clients: 100, maxClients: 100, connectionsRefused: 12 }));
  const slots = toldBy(judged({ lines: taken, elapsedMs }));
  assert.match(slots, /^fail: [\s\S]*\(it refused 7 connections\)/);
  assert.doesNotMatch(slots, /refused none/);
  const calm = from(looks, 20, () => ({ clients: 100, maxClients: 100 }));
  assert.match(toldBy(judged({ lines: calm, elapsedMs })), /^warn: [\s\S]*it refused none/);
});

test('the plots show the connections that looks saw, for as long as a look tells', () => {
  const looks = healthyRedis(seeded(seed)).map((look, n) => ({ ...look, clients: n }));
  const lines = failing(looks, 10, ['refused']);
  const at = connectionsAt(lines.slice(5, 15));
  assert.deepEqual(
    [4, 5.5, 9, 10, 11, 14, 16.9, 17.1].map((second) => at(atUs(second))),
    [null, 5, 9, null, 11, 14, 14, null],
  );
});
