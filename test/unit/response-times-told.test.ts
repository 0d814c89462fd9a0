import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adviceFor } from '../../analysis/rules/advice.ts';
import { anyResponse } from '../../analysis/rules/any-response.ts';
import { averageResponseTime } from '../../analysis/rules/average-response-time.ts';
import { p95ResponseTime } from '../../analysis/rules/p95-response-time.ts';
import { rules } from '../../analysis/rules/registry.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { ledgerOf, type MadeRequest, runOf } from '../fixtures/run.ts';

/** Each of them far from the others; every `silentEvery`th is not answered in ten seconds. */
function runWith(silentEvery: number) {
  const requests = Array.from({ length: 200 }, (_, n): MadeRequest => {
    const isSilent = (n + 1) % silentEvery === 0;
    return {
      ...{ atMs: n * 500, signal: `k-s${n}`, webhook: n % 3, phase: 'sustained' },
      ...{ tookMs: isSilent ? 10_000 : 20, outcome: isSilent ? 'timeout' : 'accepted' },
    };
  });
  return runOf([{ name: 'sustained', ledger: ledgerOf(requests) }]);
}

test('response times: what no answer came to is told as a timeout, and is none of the answers', () => {
  const run = runWith(200);
  for (const rule of [averageResponseTime, p95ResponseTime, anyResponse]) {
    const { summary, measures = [] } = rule.judge(run);
    assert.match(summary, /199 answers and 1 timeout/, rule.id);
    assert.equal(measures.find(({ name }) => name === 'answers')?.value, 199);
    assert.equal(measures.find(({ name }) => name === 'timeouts')?.value, 1);
    const healthy = rule.judge(runWith(1000));
    assert.match(healthy.summary, /200 answers/, rule.id);
    assert.doesNotMatch(healthy.summary, /timeout/);
  }
  assert.match(averageResponseTime.judge(runWith(1)).summary, /ms over 200 timeouts$/);
});

test('slowest response: the slowest are named, with the time, the webhook, and whether an answer came', () => {
  assert.deepEqual(anyResponse.judge(runWith(200)).evidence, [
    'sustained: k-s199, sent at 99.5 s to webhook 1: no answer came in 10000 ms',
  ]);
  assert.deepEqual(anyResponse.judge(runWith(1000)).evidence, []);
  const slow = [{ atMs: 2000, tookMs: 1200, outcome: 'accepted', webhook: 2, signal: 'k-s7' } as const];
  assert.deepEqual(anyResponse.judge(runOf([{ name: 'sustained', ledger: ledgerOf(slow) }])).evidence, [
    'sustained: k-s7, sent at 2.0 s to webhook 2: answered after 1200 ms',
  ]);
});

test('advice: nothing is said of a Redis or database that the profile declares absent', () => {
  const { embedded } = builtInProfiles;
  const told = (redis: 'none' | 'present' | 'unknown', database: 'none' | 'present' | 'unknown'): string =>
    adviceFor(averageResponseTime.advice, { ...embedded, redis, database }).join('\n');
  assert.doesNotMatch(told('none', 'none'), /Redis|pg_stat_statements|queries/);
  assert.match(told('none', 'none'), /workers, threads and connections/);
  assert.match(told('none', 'present'), /pg_stat_statements/);
  assert.doesNotMatch(told('none', 'present'), /Redis/);
  assert.match(told('unknown', 'unknown'), /pg_stat_statements[\s\S]*Redis connectivity/);
  for (const { id, advice } of rules)
    assert.ok(adviceFor(advice, { ...embedded, redis: 'none', database: 'none' }).length > 0, id);
});
