import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseAndRedis } from '../../analysis/rules/database-and-redis.ts';
import type { PostgresLookLine } from '../../contract/journal/journal.ts';
import { assertAdvice } from '../fixtures/advice.ts';
import { startUs } from '../fixtures/run.ts';
import { judged, toldBy } from '../fixtures/watched-stores.ts';

const loadSeconds = 30;
const seconds = 33;

interface Idle {
  readonly count: number | null;
  /** Of the oldest. */
  readonly seconds: number | null;
}

const look = (n: number, { count, seconds: longest }: Idle): PostgresLookLine => ({
  ...{ store: 'postgres', atUs: startUs + n * 1_000_000, latencyMs: 1, unseen: [], startedAt: 1_764_000_000.5 },
  ...{ connections: 40, maxConnections: 100, ofDatabase: 39, maxOfDatabase: null, active: 0, idle: 20 },
  ...{ idleInTransaction: count, waitForLock: 0, waitForIo: 0, waitForLatch: 0, waitForAdvisoryLock: 0 },
  ...{ oldestTransactionMs: longest === null ? null : longest * 1000, longestLockWaitMs: 0, deadlocks: 0 },
  ...{ longestIdleInTransactionMs: longest === null ? null : longest * 1000, inRecovery: false },
  ...{ sessions: n, transactions: 90 * n },
});

/** A request each tenth of a second, and a look each second from before the load until after it. */
function told(idle: (n: number) => Idle, { firstTookMs = 20 }: { readonly firstTookMs?: number } = {}) {
  const requests = Array.from({ length: loadSeconds * 10 }, (_, n) => ({
    ...{
      atMs: 500 + n * 100,
      tookMs: n === 0 ? firstTookMs : 20,
      outcome: 'accepted' as const,
      signal: `k-s${n}`,
      phase: 'sustained',
    },
  }));
  const lines = Array.from({ length: seconds + 1 }, (_, n) => look(n, idle(n)));
  return judged({ lines, elapsedMs: seconds * 1000 }, { requests });
}

const underLoad = (n: number): boolean => n >= 1 && n <= loadSeconds;
/** One more each two seconds of the load. */
const leaked = (n: number): number => Math.floor(Math.min(n, loadSeconds) / 2);

test('sessions that are left idle in transaction, one after another: a warning with numbers and advice', () => {
  const judgement = told((n) => ({ count: leaked(n), seconds: Math.max(0, n - 2) }));
  assert.equal(judgement.status, 'warn', toldBy(judgement));
  assert.match(
    judgement.summary,
    /database: it had 15 more sessions idle in transaction after the load than before: they came one after another, and stayed/,
  );
  const text = toldBy(judgement);
  assert.match(text, /the oldest for 31\.0 s, while the longest request took 0\.0 s/);
  assert.match(text, /up to 15 sessions were idle in transaction at one time, the longest for 31\.0 s/);
  assertAdvice(databaseAndRedis, judgement, {
    first: /^sessions left idle in transaction/,
    never: /deadlock|max_conn/,
  });
});

test('the same beside sessions that come and go, or an old one of another program: a warning', () => {
  const busy = told((n) => ({ count: leaked(n) + (underLoad(n) ? n % 3 : 0), seconds: Math.max(0, n - 2) }));
  assert.equal(busy.status, 'warn', toldBy(busy));
  const old = told((n) => ({ count: 2 + leaked(n), seconds: 9000 + n }));
  assert.match(toldBy(old), /^warn: .*had 15 more sessions/);
});

const healthy: readonly (readonly [string, (n: number) => Idle, (RegExp | null)?])[] = [
  ['none', () => ({ count: 0, seconds: 0 }), null],
  ['between two statements of a request', (n) => ({ count: underLoad(n) ? n % 6 : 0, seconds: 0.01 }), null],
  ['what others do is hidden', () => ({ count: null, seconds: null }), null],
  ['one of another program', (n) => ({ count: 1, seconds: 9000 + n }), /: 1 session was idle in transaction at one/],
  ['a constant few', (n) => ({ count: 4, seconds: n }), /up to 4 sessions were idle in transaction/],
  ['a pool that is used up to its size', (n) => ({ count: Math.min(n, 10), seconds: n })],
  [
    'more and more under a rising load, beside an old one of another program',
    (n) => ({ count: 1 + (underLoad(n) ? Math.floor(n / 2) : 0), seconds: 9000 + n }),
  ],
  ['jobs that end, more and more of them at once', (n) => ({ count: leaked(n), seconds: Math.min(n, 8) })],
  [
    'all that stayed ended after the load',
    (n) => ({ count: underLoad(n) ? leaked(n) : 0, seconds: underLoad(n) ? n : 0 }),
  ],
  ['a few that came at once', (n) => ({ count: n < 12 ? 0 : 7, seconds: Math.max(0, n - 12) })],
];

for (const [name, idle, words] of healthy) {
  test(`idle in transaction, and no warning: ${name}`, () => {
    const judgement = told(idle);
    assert.equal(judgement.status, 'pass', toldBy(judgement));
    if (words === null) assert.doesNotMatch(toldBy(judgement), /idle in transaction/);
    else assert.match(toldBy(judgement), words ?? /idle in transaction at one time/);
  });
}

test('requests that take as long as sessions stay explain them', () => {
  const idle = (n: number) => ({ count: leaked(n), seconds: Math.max(0, n - 4) });
  assert.equal(told(idle, { firstTookMs: 28_900 }).status, 'warn');
  const judgement = told(idle, { firstTookMs: 29_900 });
  assert.equal(judgement.status, 'pass', toldBy(judgement));
});
