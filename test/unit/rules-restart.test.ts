import assert from 'node:assert/strict';
import { test } from 'node:test';
import { restartNote } from '../../analysis/interpret/restart.ts';
import type { Run } from '../../analysis/interpret/run.ts';
import { buildReport } from '../../analysis/report.ts';
import { averageResponseTime } from '../../analysis/rules/average-response-time.ts';
import { databaseAndRedis } from '../../analysis/rules/database-and-redis.ts';
import { errorRate } from '../../analysis/rules/error-rate.ts';
import { successRate } from '../../analysis/rules/success-rate.ts';
import { workerCrashes } from '../../analysis/rules/worker-crashes.ts';
import type { Restart } from '../../contract/journal/restart.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { renderHealthReport } from '../../render/health-report.ts';
import { noConnection } from '../fixtures/probe-results.ts';
import { ledgerOf, processOf, runOf, serverOf, startUs } from '../fixtures/run.ts';

const atUs = (ms: number): number => startUs + ms * 1000;
const inOrder: Restart = {
  scenario: 'sustained',
  askedAtUs: atUs(10_000),
  endedAtUs: atUs(10_400),
  exitCode: 0,
  backAtUs: atUs(11_500),
};

/** Load at 10/s for 20 s, which fails while the server is away; its processes are others after that. */
function restarted(restart: Restart | null): Run {
  const requests = Array.from({ length: 200 }, (_, n) => {
    const away = n * 100 > 10_100 && n * 100 < 11_400;
    return {
      atMs: n * 100,
      webhook: n % 5,
      outcome: away ? ('failed' as const) : ('accepted' as const),
      status: away ? 0 : 200,
    };
  });
  const server = serverOf(20_000, (atMs) => ({
    processes:
      atMs < 10_400
        ? [processOf({ pid: 100, role: 'root' }), processOf({ pid: 101 })]
        : atMs < 11_500
          ? []
          : [processOf({ pid: 200, role: 'root' }), processOf({ pid: 201 })],
    database: atMs >= 10_000 && atMs < 12_000 ? noConnection : { state: 'ok', latencyMs: 1, numbers: {} },
  }));
  const profile = { ...builtInProfiles.embedded, database: 'present' as const };
  const run = runOf([{ name: 'sustained', ledger: ledgerOf(requests), toMs: 20_000 }], { profile, server });
  return { ...run, manifest: { ...run.manifest, restart } };
}

const rules = [workerCrashes, successRate, errorRate, averageResponseTime, databaseAndRedis];

test('what fell into a restart that the run asked for is nobody’s fault', () => {
  const run = restarted(inOrder);
  for (const rule of rules) assert.equal(rule.judge(run).status, 'pass', `${rule.id}: ${rule.judge(run).summary}`);
  assert.equal(restartNote(run), 'SIGTERM under load: drained in 0.40 s, back after 1.50 s; 16 signals fell into it');
});

test('the same without being asked for is a crash', () => {
  const run = restarted(null);
  assert.equal(restartNote(run), null);
  assert.deepEqual(
    rules.map((rule) => rule.judge(run).status),
    ['fail', 'warn', 'warn', 'pass', 'fail'],
  );
});

test('a server that had to be killed has crashed', () => {
  const killed = restarted({ ...inOrder, exitCode: null });
  assert.equal(workerCrashes.judge(killed).status, 'fail');
  assert.match(restartNote(killed) ?? '', /did not drain and was killed after 0\.40 s/);
});

test('a server that never came back from a restart fails, unless the run was interrupted meanwhile', () => {
  const away = restarted({ ...inOrder, backAtUs: null });
  const { status, summary } = workerCrashes.judge(away);
  assert.deepEqual([status, summary], ['fail', 'the server did not come back after the restart']);
  assert.match(restartNote(away) ?? '', /it did not come back/);
  const interrupted = { ...away, manifest: { ...away.manifest, interrupted: true } };
  assert.notEqual(workerCrashes.judge(interrupted).status, 'fail');
});

test('a restart that was asked for counts no crash in the health report', () => {
  const run = restarted(inOrder);
  const report = buildReport(run, { strict: false, now: new Date(0) });
  assert.equal(JSON.parse(renderHealthReport(report).text).summary.worker_crashes, 0);
});
