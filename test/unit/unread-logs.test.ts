import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cpu } from '../../analysis/rules/cpu.ts';
import type { Rule } from '../../analysis/rules/rule.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import { judge } from '../../analysis/verdict.ts';
import { roles } from '../../contract/plan/roles.ts';
import { ledgerOf, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

/** A whole sustained load on a healthy server, the last of whose log was not read. */
function judged(rule: Rule) {
  const planned = runOf([{ name: 'sustained', ledger: null }]).scenarios[0]?.plan;
  assert.ok(planned !== undefined);
  const count = planned.phases.reduce((sum, { requests }) => sum + requests.min, 0);
  const ledger = ledgerOf(
    Array.from({ length: count }, (_, n) => ({
      ...({ atMs: n * 100, outcome: 'accepted', phase: roles['load.sustained'].name } as const),
    })),
  );
  const toMs = count * 100;
  const message = "the server's log grew faster than it could be read: its last 900 MB were not read";
  const alerts = [{ atUs: startUs + toMs * 1000, alert: 'log-unread' as const, message }];
  const server = serverOf(toMs, () => ({ processes: [processOf({ pid: 100, role: 'root' })] }), { alerts });
  const run = runOf([{ name: 'sustained', ledger, toMs }], { server });
  const [finding] = judge({ ...run, manifest: { ...run.manifest, plans: [planned] } }, [], [rule]);
  assert.ok(finding !== undefined);
  return finding;
}

test('what the log may say of an end is missing where it was not read to its end; what needs no log is not', () => {
  const { status, summary } = judged(workerCrashes);
  assert.equal(status, 'inconclusive');
  assert.match(summary, /^evidence is missing \(the server's log grew faster than it could be read: its last 900 MB/);
  assert.equal(judged(cpu).status, 'pass');
});
