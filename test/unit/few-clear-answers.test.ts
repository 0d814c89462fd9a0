import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyResponse } from '../../analysis/rules/any-response.ts';
import { averageResponseTime } from '../../analysis/rules/average-response-time.ts';
import { p95ResponseTime } from '../../analysis/rules/p95-response-time.ts';
import type { Rule } from '../../analysis/rules/rule.ts';
import { ledgerOf, type MadeRequest, type MadeScenario, processOf, runOf, serverOf } from '../fixtures/run.ts';

const slowMs = 1200;

/** Twenty a second for 50 s, all slow. */
const requests = Array.from(
  { length: 1000 },
  (_, n): MadeRequest => ({ atMs: n * 50, tookMs: slowMs, outcome: 'accepted' }),
);

/** The server waits for a CPU until `untilMs`. */
function judged(
  rule: Rule,
  untilMs: number,
  made: { of?: readonly MadeRequest[]; others?: readonly MadeScenario[] } = {},
) {
  const { of = requests, others = [] } = made;
  const processes = [processOf({ pid: 100, cpuPercent: 2, cpuWaitPercent: 60 })];
  const server = serverOf(60_000, (atMs) => ({ processes, machineCpuPercent: atMs <= untilMs ? 100 : 20 }));
  return rule.judge(runOf([{ name: 'sustained', ledger: ledgerOf(of) }, ...others], { server }));
}

test('a few clear answers at the edge of a time without CPU do not decide', () => {
  for (const rule of [averageResponseTime, p95ResponseTime, anyResponse]) {
    // For 48 s of 50 s: 30 answers, 3%, count as clear.
    const few = judged(rule, 48_000);
    assert.equal(few.status, 'inconclusive', few.summary);
    assert.match(few.summary, /no CPU to spare meanwhile for 9\d\d of 1000: whose delay that was is not known$/);
    const some = judged(rule, 40_000);
    assert.equal(some.status, 'fail', some.summary);
    assert.match(some.summary, /; judged by the 2\d\d that came while there was CPU to spare$/);
    const most = judged(rule, 10_000);
    assert.equal(most.status, 'fail', most.summary);
    assert.doesNotMatch(most.summary, /CPU to spare/);
  }
});

test('a slow answer that is longer than the edges accuses the server, however few are clear', () => {
  const last = (tookMs: number) => [...requests.slice(0, 995), { atMs: 49_900, tookMs, outcome: 'accepted' } as const];
  assert.equal(judged(anyResponse, 48_500, { of: last(4000) }).status, 'fail');
  assert.equal(judged(anyResponse, 48_500, { of: last(1300) }).status, 'inconclusive');
});

test('the share of answers without CPU is told of the scenario that is accused', () => {
  const quick = Array.from(
    { length: 400 },
    (_, n): MadeRequest => ({ atMs: 51_000 + n * 20, tookMs: 10, outcome: 'accepted' }),
  );
  const others: readonly MadeScenario[] = [{ name: 'hft', ledger: ledgerOf(quick) }];
  for (const rule of [averageResponseTime, anyResponse]) {
    const { status, evidence } = judged(rule, 48_000, { others });
    assert.equal(status, 'inconclusive');
    assert.match(
      evidence?.join('\n') ?? '',
      /^sustained: 9\d\d of 1000 requests were waited for while there was no CPU/m,
    );
  }
});
