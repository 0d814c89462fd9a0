import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planGaps, sentOfPlan } from '../../analysis/interpret/sent-of-plan.ts';
import { cpu } from '../../analysis/rules/cpu.ts';
import { memoryGrowth } from '../../analysis/rules/memory-growth.ts';
import type { Rule } from '../../analysis/rules/rule.ts';
import { judge } from '../../analysis/verdict.ts';
import { roles } from '../../contract/plan/roles.ts';
import type { Status } from '../../contract/report/criteria.ts';
import { ledgerOf, processOf, runOf, serverOf } from '../fixtures/run.ts';

/** A sustained load of which so much was sent, on a server whose memory grows by so much. */
function judged(rule: Rule, share: number, grownBytes = 0): { readonly status: Status; readonly summary: string } {
  const planned = runOf([{ name: 'sustained', ledger: null }]).scenarios[0]?.plan;
  assert.ok(planned !== undefined);
  const min = planned.phases.reduce((sum, { requests }) => sum + requests.min, 0);
  const requests = Array.from({ length: Math.ceil(min * share) }, (_, n) => ({
    ...({ atMs: n * 100, outcome: 'accepted', phase: roles['load.sustained'].name } as const),
  }));
  const ms = requests.length * 100;
  const server = serverOf(ms, (atMs) => ({
    processes: [processOf({ pid: 100, role: 'root', rssBytes: 60e6 + (atMs * grownBytes) / ms })],
  }));
  const run = runOf([{ name: 'sustained', ledger: ledgerOf(requests), toMs: ms }], { server });
  const ended = { ...run, manifest: { ...run.manifest, plans: [planned], interrupted: share < 1 } };
  const [finding] = judge(ended, planGaps(ended), [rule]);
  assert.ok(finding !== undefined);
  assert.equal(sentOfPlan(ended)?.planned, min);
  return finding;
}

test('memory that did not grow in a tenth of the planned load says nothing', () => {
  const { status, summary } = judged(memoryGrowth, 0.1);
  assert.equal(status, 'inconclusive', summary);
  assert.match(summary, /^incomplete: /);
  assert.equal(judged(memoryGrowth, 1).status, 'pass');
});

test('memory that grew too much in a tenth of the planned load fails', () => {
  assert.equal(judged(memoryGrowth, 0.1, 500e6).status, 'fail');
});

test('a server that was hardly loaded does not pass for its CPU; most of the load is enough', () => {
  assert.equal(judged(cpu, 0.1).status, 'inconclusive');
  assert.equal(judged(cpu, 0.8).status, 'pass');
});

test('a scenario that was never begun is planned load, too', () => {
  const run = runOf([{ name: 'sustained', ledger: null }]);
  const plans = run.scenarios.map(({ plan }) => plan);
  const never = { ...run, scenarios: [], manifest: { ...run.manifest, plans } };
  assert.equal(sentOfPlan(never)?.sent, 0);
});
