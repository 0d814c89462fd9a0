import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { criterionIds } from '../../analysis/rules/registry.ts';
import { answeredOutcomes, type RecordedOutcome } from '../../contract/journal/outcomes.ts';
import type { Status } from '../../contract/report/criteria.ts';
import type { Report } from '../../contract/report/report.ts';
import { startPostgres, startRedis } from '../fixtures/servers.ts';
import { isOfTheMachine } from '../matrix/cell.ts';
import { assertPassed, stress } from './stress.ts';

/** Each criterion has its status, but what a busy machine left open; then the exit code may say so. */
function assertHealthy(run: Awaited<ReturnType<typeof stress>>, expected: (criterion: string) => Status): void {
  const { report } = run;
  const wrong = report.findings.filter(
    (finding) => finding.status !== expected(finding.criterion) && !isOfTheMachine(finding),
  );
  assert.deepEqual(
    wrong.map(({ criterion, status, summary }) => `${criterion}: ${status}: ${summary}`),
    [],
  );
  assert.deepEqual(
    report.findings.map(({ criterion }) => criterion),
    criterionIds,
  );
  assertPassed(run);
}

const isAnswered = (outcome: RecordedOutcome): boolean => answeredOutcomes.some((answered) => answered === outcome);

/** Per purpose and outcome: k6's summary, the timeline, the ledger, the report and the backend's own count agree. */
function assertCountsAgree(report: Report): void {
  assert.deepEqual(
    report.counts.filter(({ agree }) => agree !== true),
    [],
  );
  for (const { purpose, outcome, k6Summary, timeline, ledger, server } of report.counts) {
    const name = `${purpose} ${outcome}`;
    assert.deepEqual([timeline, ledger], [k6Summary, k6Summary], name);
    if (isAnswered(outcome)) {
      // The server may have answered what nobody waited for: it was abandoned, or timed out on a full machine.
      const silent = report.counts
        .filter((row) => row.purpose === purpose && !isAnswered(row.outcome))
        .reduce((sum, { ledger: n }) => sum + (n ?? 0), 0);
      const more = (server ?? 0) - (k6Summary ?? 0);
      assert.ok(more >= 0 && more <= silent, `${name}: ${more} more at the server, ${silent} without an answer`);
    }
    const inScenarios = report.scenarios.reduce((sum, { requests }) => sum + (requests[purpose]?.[outcome] ?? 0), 0);
    assert.equal(inScenarios, k6Summary, `${name} in report.json`);
  }
  // assertHealthy has judged silences other than those that were meant: only a full machine excuses one.
  const load = report.counts.filter(({ purpose }) => purpose === 'load').map(({ outcome }) => outcome);
  assert.deepEqual(load.filter(isAnswered).sort(), ['accepted', 'duplicate', 'limited']);
  assert.ok(load.includes('abandoned'), load.join());
  for (const purpose of ['probe', 'setup', 'readback'] as const) {
    assert.ok(
      report.counts.some((row) => row.purpose === purpose && (row.ledger ?? 0) > 0),
      purpose,
    );
  }
}

// A run mostly waits: the two leave each other the CPU that they need.
describe('the healthy backend passes every criterion', { concurrency: 2 }, () => {
  test('with its embedded store, and all counts agree', async () => {
    const run = await stress([]);
    assertHealthy(run, (criterion) => (criterion === 'database-and-redis' ? 'not-applicable' : 'pass'));
    assert.deepEqual(run.report.gaps, []);
    assertCountsAgree(run.report);
  });

  test('on real Redis and PostgreSQL, and all counts agree', async () => {
    const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
    try {
      const run = await stress([], {
        BACKEND_REDIS_URL: redis.url,
        BACKEND_POSTGRES_URL: postgres.url,
        MONITOR_REDIS_URL: redis.url,
        MONITOR_POSTGRES_URL: postgres.url,
      });
      assertHealthy(run, () => 'pass');
      assertCountsAgree(run.report);
    } finally {
      await Promise.all([redis.stop(), postgres.stop()]);
    }
  });
});
