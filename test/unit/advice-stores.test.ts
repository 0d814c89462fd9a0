import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreLines } from '../../analysis/journal/store-lines.ts';
import { anyResponse } from '../../analysis/rules/any-response.ts';
import { averageResponseTime } from '../../analysis/rules/average-response-time.ts';
import { databaseAndRedis } from '../../analysis/rules/database-and-redis.ts';
import { storeAdvice } from '../../analysis/rules/database-and-redis-advice.ts';
import { p95ResponseTime } from '../../analysis/rules/p95-response-time.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { LogTroubleKind, PostgresLookLine, StoreFailureLine, StoreLine } from '../../contract/journal/journal.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { assertAdvice, toldOf } from '../fixtures/advice.ts';
import { ledgerOf, runOf, serverOf, startUs } from '../fixtures/run.ts';
import { judged } from '../fixtures/watched-stores.ts';

const seconds = 40;
const both = { redis: 'present', database: 'present' } as const;

const look = (n: number): PostgresLookLine => ({
  ...{ store: 'postgres', atUs: startUs + n * 1_000_000, latencyMs: 1, unseen: [], startedAt: 1_764_000_000.5 },
  ...{ connections: 10, maxConnections: 100, ofDatabase: 9, maxOfDatabase: null },
  ...{ active: 3, idle: 5, idleInTransaction: 2, waitForLock: 0, waitForIo: 0, waitForLatch: 0 },
  ...{ waitForAdvisoryLock: 0, oldestTransactionMs: 10, longestIdleInTransactionMs: 10, inRecovery: false },
  ...{ longestLockWaitMs: 1, deadlocks: 0, sessions: n, transactions: 90 * n },
});

/** PostgreSQL is asked once a second; from the 20th look on it is as `change` says. */
function asked(change: (line: PostgresLookLine) => StoreLine, log: readonly LogTroubleKind[] = []): Judgement {
  const lines = Array.from({ length: seconds + 1 }, (_, n) => (n < 20 ? look(n) : change(look(n))));
  return judged({ lines, elapsedMs: seconds * 1000 }, { log: linesOf(log) });
}

const linesOf = (log: readonly LogTroubleKind[]) =>
  log.map((trouble) => ({ atUs: startUs + 22_000_000, trouble, lines: 3 }));

const fails =
  (failure: StoreFailureLine['failure']) =>
  ({ atUs }: PostgresLookLine): StoreLine => ({ store: 'postgres', atUs, failure, code: null, tookMs: 1 });

test('what was wrong with a store decides which advice stands first, and what is not said', () => {
  const cases: readonly (readonly [Judgement, RegExp, RegExp])[] = [
    [asked(fails('refused'), ['no-connection']), /^why it was down/, /pools|deadlock|locks|firewall/],
    [asked(fails('full')), /^pools: do the pools/, /was down|deadlocks/],
    [asked((line) => ({ ...line, deadlocks: 3 })), /^deadlocks: take locks in one order/, /pools|was down/],
    [
      asked((line) => ({ ...line, longestLockWaitMs: 20_000 })),
      /^locks: which transaction/,
      /pools|was down|deadlocks/,
    ],
    [asked((line) => ({ ...line, connections: 100 })), /^pools: do the pools/, /was down|deadlocks/],
    [asked((line) => ({ ...line, latencyMs: 5000 })), /^its machine at these times/, /pools|was down|deadlocks/],
    [
      asked((line) => line, ['pool-timeout']),
      /^the size of the pool: it needs requests a second × /,
      /was down|deadlocks|maxclients/,
    ],
    [asked((line) => line, ['no-connection']), /^timeouts and reconnection/, /was down|deadlocks|pools:/],
  ];
  for (const [judgement, first, never] of cases) {
    assert.match(judgement.status, /fail|warn/, judgement.summary);
    assertAdvice(databaseAndRedis, judgement, { first, never });
  }
  assert.deepEqual(
    toldOf(
      databaseAndRedis,
      asked((line) => line),
    ),
    [],
  );
});

test('what the log says of Redis, or of a database that cannot be asked, is told of as such', () => {
  const logged = (trouble: LogTroubleKind): Judgement =>
    judged({ lines: [], elapsedMs: seconds * 1000 }, { profile: both, log: linesOf([trouble]) });
  const cases: readonly (readonly [LogTroubleKind, RegExp])[] = [
    ['redis-full', /^the memory of Redis/],
    ['redis-too-many-clients', /^pools: do the pools/],
    ['redis-read-only', /^writes went to a replica/],
    ['redis-unsaved', /^the disk of the database or Redis/],
    ['redis-cluster-down', /^the cluster: are all slots covered/],
    ['database-locked', /^SQLite has one writer at a time/],
  ];
  for (const [trouble, first] of cases)
    assertAdvice(databaseAndRedis, logged(trouble), { first, never: /deadlocks|was down/ });
});

test('each piece of the advice is said once', () => {
  assert.equal(new Set(storeAdvice).size, storeAdvice.length);
});

/** Ten slow answers a second, and what the log says 10 s later than a scenario begins. */
function slow(log: readonly LogTroubleKind[], tookMs = 3000) {
  const stores = new StoreLines();
  for (const line of linesOf(log)) stores.add({ ...line });
  const requests = Array.from({ length: 200 }, (_, n) => ({
    ...{ atMs: 10_000 + n * 100, tookMs, outcome: 'accepted' as const, signal: `k-s${n}`, phase: 'sustained' },
  }));
  const elapsedMs = seconds * 1000;
  return runOf([{ name: 'sustained', ledger: ledgerOf(requests), toMs: elapsedMs }], {
    profile: { ...builtInProfiles.embedded, database: 'present' },
    server: serverOf(elapsedMs, () => ({ machineCpuPercent: 20 }), { stepMs: 1000, stores }),
  });
}

test('slow answers beside an exhausted pool: waiting for a connection of it is told first', () => {
  for (const rule of [averageResponseTime, p95ResponseTime, anyResponse]) {
    const exhausted = rule.judge(slow(['pool-timeout']));
    assert.equal(exhausted.status, 'fail', exhausted.summary);
    assertAdvice(rule, exhausted, { first: /^waiting for a connection of the pool/, never: /stood still/ });
    assertAdvice(rule, rule.judge(slow([])), { first: /^queries/, never: /of the pool/ });
    assertAdvice(rule, rule.judge(slow(['deadlock'])), { first: /^queries/, never: /of the pool/ });
    assert.doesNotMatch(toldOf(rule, rule.judge(slow(['pool-timeout'], 20))).join(), /pool/);
  }
});
