import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyResponse } from '../../analysis/rules/any-response.ts';
import { averageResponseTime } from '../../analysis/rules/average-response-time.ts';
import { p95ResponseTime } from '../../analysis/rules/p95-response-time.ts';
import { journalFiles } from '../../contract/journal/paths.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { noAnswer as silent } from '../fixtures/probe-results.ts';
import { ledgerOf, type MadeRequest, processOf, runOf, serverOf } from '../fixtures/run.ts';

const { embedded } = builtInProfiles;
/** A place in the line lasts 100 ms. */
const profile: TargetProfile = {
  ...embedded,
  limiter: {
    ...{ kind: 'delaying', limit: 10, windowMs: 1000, burst: 100, scope: 'webhook' },
    ...{ retryAfter: false, rateLimitHeaders: false },
  },
};

const rules = [averageResponseTime, p95ResponseTime, anyResponse] as const;

/** Forty at once, each of which waits for those before it; the server itself takes as long as it is told. */
function burst(ownMs: number, outcome: MadeRequest['outcome'] = 'accepted') {
  return Array.from({ length: 40 }, (_, n): MadeRequest => ({ atMs: n, tookMs: n * 100 + ownMs, outcome, webhook: 0 }));
}

const judged = (requests: readonly MadeRequest[], declared = profile) => {
  const run = runOf([{ name: 'sustained', ledger: ledgerOf(requests) }], { profile: declared });
  return rules.map((rule) => rule.judge(run));
};
const statuses = (...given: Parameters<typeof judged>): readonly Status[] =>
  judged(...given).map(({ status }) => status);

test('response times: where every answer may have waited in the declared line, nothing is there to judge', () => {
  for (const { status, summary } of judged(burst(20))) {
    assert.equal(status, 'not-applicable');
    assert.match(summary, /^40 answers may have waited in the line of the limiter that is declared as delaying/);
  }
  assert.ok(
    statuses(burst(20), embedded).every((status) => status === 'fail'),
    'no line is declared',
  );
});

test('response times: what comes later than the declared line explains accuses the server', () => {
  // Those sent within half a place may have overtaken a request: it is given 4 s, and the last of the burst needed 3.9 s of them.
  assert.deepEqual(statuses(burst(6000)), ['fail', 'fail', 'fail']);
  for (const { summary } of judged(burst(6000))) assert.match(summary, /^later than the line of the delaying limiter/);
  assert.deepEqual(statuses(burst(20_000, 'timeout')), ['fail', 'fail', 'fail']);
  // The mean of what is beyond the line is 5.1 s / 40.
  const late = burst(20).map((request, n) => (n === 39 ? { ...request, tookMs: 9000 } : request));
  assert.deepEqual(statuses(late), ['warn', 'not-applicable', 'fail']);
});

test('response times: one answer that cannot have waited is judged, and alone', () => {
  const apart = { atMs: 30_000, tookMs: 30, outcome: 'accepted', webhook: 0 } as const;
  assert.deepEqual(statuses([...burst(20), apart]), ['pass', 'pass', 'pass']);
});

test('response times: rows that are missing may have made the declared line longer', () => {
  const run = runOf([{ name: 'sustained', ledger: ledgerOf(burst(6000)) }], { profile });
  const gaps = run.generators.map((id) => ({ file: journalFiles.ledger(id, 'sustained'), problem: 'cut off' }));
  for (const rule of rules) assert.equal(rule.judge({ ...run, gaps }).status, 'inconclusive');
});

test('response times: without an accepted answer nothing is decided', () => {
  for (const { status, summary } of judged(burst(20, 'limited'))) {
    assert.equal(status, 'inconclusive');
    assert.match(summary, /no accepted answer/);
  }
});

test('response times beyond the line: what came in time counts for the server while there was CPU to spare, too', () => {
  const processes = [processOf({ pid: 100, cpuPercent: 20 })];
  const p95With = (slow: Readonly<Record<number, number>>): Status => {
    const bursts = Array.from({ length: 22 }, (_, webhook) =>
      burst(20).map(({ atMs, tookMs, outcome }, n): MadeRequest => {
        const isSlow = n < (slow[webhook] ?? 0);
        return { atMs: webhook * 30_000 + atMs, tookMs: isSlow ? 6000 : (tookMs ?? 0), outcome, webhook };
      }),
    );
    const server = serverOf(700_000, (atMs) =>
      atMs <= 10_000 ? { processes, machineCpuPercent: 100, health: silent } : { processes },
    );
    const run = runOf([{ name: 'sustained', ledger: ledgerOf(bursts.flat()) }], { profile, server });
    return p95ResponseTime.judge(run).status;
  };
  assert.equal(p95With({ 0: 40, 1: 20 }), 'inconclusive', '20 of 840 are slow by themselves');
  assert.equal(p95With({ 1: 40, 2: 20 }), 'fail');
});
