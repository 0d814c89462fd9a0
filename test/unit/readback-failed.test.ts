import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exactlyOnce } from '../../analysis/rules/exactly-once.ts';
import { refusalWords } from '../../cli/run/store-refusals.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { ledgerOf, runOf } from '../fixtures/run.ts';

function judgedWith(failure: string | null): string {
  const requests = Array.from(
    { length: 20 },
    (_, n) => ({ atMs: n * 500, outcome: 'accepted', signal: `k-s${n}` }) as const,
  );
  const ledger = ledgerOf(requests, Object.fromEntries(requests.map(({ signal }) => [signal, 0])));
  ledger.readbacks.clear();
  ledger.effectTimes.failure = failure;
  const profile = {
    ...builtInProfiles.embedded,
    readback: { kind: 'command' as const, command: ['read'], settleMs: 0, limitMs: 1000 },
  };
  const { status, summary } = exactlyOnce.judge(runOf([{ name: 'sustained', ledger }], { profile }));
  assert.equal(status, 'inconclusive', summary);
  return summary;
}

test('exactly once: a read-back that failed is told with its reason, and is none that shows nothing', () => {
  const told = 'the read-back failed: PostgreSQL could not be asked (too many connections (53300))';
  assert.ok(judgedWith(told).includes(told));
  assert.doesNotMatch(judgedWith(told), /no signal at all|does the worker run/);
  assert.match(judgedWith(null), /read-back shows no signal at all/);
});

test('why a store could not be asked is told in words, and nothing of its URL', () => {
  const failed = (message: string, code?: string) =>
    refusalWords(Object.assign(new Error(message), code ? { code } : {}));
  assert.equal(failed('sorry, too many clients already', '53300'), 'too many connections (53300)');
  assert.equal(failed('ERR max number of clients reached'), 'too many connections (MAXCLIENTS)');
  assert.equal(failed('password authentication failed for user "canary"', '28P01'), 'authentication failed (28P01)');
  assert.equal(failed('WRONGPASS invalid username-password pair'), 'authentication failed (WRONGPASS)');
  assert.equal(
    failed('connect ECONNREFUSED canary', 'ECONNREFUSED'),
    'connection refused: nobody listens (ECONNREFUSED)',
  );
  assert.equal(failed('getaddrinfo ENOTFOUND canary', 'ENOTFOUND'), 'its host name does not resolve (ENOTFOUND)');
  assert.equal(failed('timeout expired'), 'no answer in time');
  assert.equal(failed('Connection terminated unexpectedly'), 'the connection broke');
  assert.equal(failed('canary', 'XX000'), 'XX000');
});
