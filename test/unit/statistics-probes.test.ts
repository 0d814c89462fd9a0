import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseAndRedis } from '../../analysis/rules/database-and-redis.ts';
import type { Judgement } from '../../analysis/rules/rule.ts';
import type { ProbeResult } from '../../contract/journal/journal.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { answered, noAnswer, noConnection, noJson } from '../fixtures/probe-results.ts';
import { ledgerOf, runOf, serverOf } from '../fixtures/run.ts';

const ledger = ledgerOf([{ atMs: 21_000, outcome: 'accepted' }]);
const ok: ProbeResult = { state: 'ok', latencyMs: 1, numbers: { pool_size: 10, in_use: 2, errors: 0 } };
const absent: ProbeResult = { state: 'unavailable' };
const loadFromMs = 20_000;

type Answer = (atMs: number) => ProbeResult;

function judged(
  redis: Answer,
  { isFromAfar = false, health = ok }: { isFromAfar?: boolean; health?: ProbeResult } = {},
): Judgement {
  const profile = { ...builtInProfiles.embedded, redis: 'present' as const, database: 'none' as const };
  const afar = isFromAfar ? { processes: [] } : {};
  const made = serverOf(60_000, (atMs) => ({ ...afar, health, redis: redis(atMs) }), { stepMs: 1000 });
  const server = isFromAfar ? { ...made, identity: { ...made.identity, rootPid: 0 } } : made;
  return databaseAndRedis.judge(runOf([{ name: 'hft', ledger, fromMs: loadFromMs }], { profile, server }));
}

const each: readonly (readonly [string, Answer, Status, RegExp])[] = [
  [
    'wants a token',
    () => answered(401),
    'inconclusive',
    /redis\/stats tells no statistics: HTTP 401; .*set MONITORING_TOKEN/,
  ],
  ['is forbidden', () => answered(403), 'inconclusive', /HTTP 403; .*set MONITORING_TOKEN/],
  ['takes another method', () => answered(405), 'inconclusive', /HTTP 405; .*name their path in monitoring\.redis/],
  ['leads to the log-in', () => answered(302), 'inconclusive', /HTTP 302; .*name their path in monitoring\.redis/],
  ['answers a page of HTML', () => noJson, 'inconclusive', /its body is not a JSON object; .*name their path/],
  ['is asked too often from the first', () => answered(429), 'inconclusive', /HTTP 429; .*rate limiter/],
  [
    'is absent',
    () => absent,
    'inconclusive',
    /not monitored, and the server tells no such statistics \(set MONITOR_REDIS_URL/,
  ],
  ['wants a token, and hangs under load', (ms) => (ms > 30_000 ? noAnswer : answered(401)), 'inconclusive', /HTTP 401/],
  ['is absent, and breaks under load', (ms) => (ms > 30_000 ? answered(502) : absent), 'inconclusive', /tells no such/],
  [
    'fails from before the load on',
    () => answered(500),
    'inconclusive',
    /61 of 61 probes .* the load is not why .*MONITOR_REDIS_URL/,
  ],
  ['hangs from before the load on', () => noAnswer, 'inconclusive', /the first before the load began/],
  [
    'fails from before the load on, and is asked too often',
    (ms) => answered(ms > 30_000 ? 429 : 500),
    'inconclusive',
    /the load is not why/,
  ],
  ['fails under load, and never told figures', (ms) => answered(ms > 30_000 ? 503 : 429), 'fail', /30 of 61 probes/],
  ['fails under load', (ms) => (ms > 30_000 ? answered(503) : ok), 'fail', /30 of 61 probes/],
  ['ends connections under load', (ms) => (ms > 30_000 ? noConnection : ok), 'fail', /30 of 61 probes/],
  ['fails as the server starts', (ms) => (ms < 5000 ? answered(503) : ok), 'pass', /^Redis: 56 probes/],
  ['refuses as the server starts', (ms) => (ms < 5000 ? answered(401) : ok), 'pass', /^Redis: 56 probes/],
  [
    'is asked too often under load',
    (ms) => (ms > 50_000 ? answered(429) : ok),
    'inconclusive',
    /10 of 61 .* without figures \(HTTP 429\): let the/,
  ],
  [
    'takes the token no more',
    (ms) => (ms > 50_000 ? answered(401) : ok),
    'inconclusive',
    /10 of 61 .* set MONITORING_TOKEN/,
  ],
  ['is asked too often, and fails', (ms) => (ms > 50_000 ? answered(ms > 55_000 ? 503 : 429) : ok), 'fail', /5 of 61/],
];

for (const [name, redis, status, words] of each) {
  test(`a route of statistics that ${name}: ${status}`, () => {
    const judgement = judged(redis);
    assert.equal(judgement.status, status, judgement.summary);
    assert.match(judgement.summary, words);
  });
}

test('errors that the server counts are told although it refuses some of the questions', () => {
  const counted = (errors: number): ProbeResult => ({ state: 'ok', latencyMs: 1, numbers: { errors } });
  const { status } = judged((ms) => (ms > 50_000 ? answered(429) : counted(ms > 40_000 ? 3 : 0)));
  assert.equal(status, 'fail');
});

test('from afar a health check of the wrong form is no silence', () => {
  for (const health of [answered(401), noJson]) {
    const fails = judged((ms) => (ms > 30_000 ? answered(503) : ok), { isFromAfar: true, health });
    assert.equal(fails.status, 'fail', fails.summary);
    assert.equal(judged(() => ok, { isFromAfar: true, health }).status, 'pass');
  }
});

test('from afar statistics that fail with the health check may be of a server that is down', () => {
  const both = judged((ms) => (ms > 30_000 ? answered(502) : ok), { isFromAfar: true, health: answered(502) });
  assert.equal(both.status, 'inconclusive');
  assert.match(
    both.summary,
    /^Redis: 30 of 61 .*from afar nobody knows whether the store was why; set MONITOR_REDIS_URL/,
  );
  const silent = judged((ms) => (ms > 30_000 ? noConnection : ok), { isFromAfar: true, health: noConnection });
  assert.equal(silent.status, 'inconclusive');
});
