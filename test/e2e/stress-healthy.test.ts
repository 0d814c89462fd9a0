import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type CriterionId, criterionIds } from '../../analysis/rules/registry.ts';
import type { Status } from '../../contract/report/criteria.ts';
import type { Report } from '../../contract/report/report.ts';
import { startPostgres, startRedis } from '../fixtures/servers.ts';
import { timed } from '../matrix/cell.ts';
import { statuses, statusOf, stress } from './stress.ts';

function assertHealthy(report: Report, criterion: CriterionId, expected: Status): void {
  const status = statusOf(report, criterion);
  // This machine may be busy: these may warn here, but not fail.
  if (status === 'warn' && timed.includes(criterion)) return;
  assert.equal(status, expected, statuses(report));
}

/** Per purpose and outcome: k6's summary, the timeline, the ledger, the report and the backend's own count agree. */
function assertCountsAgree(report: Report): void {
  assert.deepEqual(
    report.counts.filter(({ agree }) => agree !== true),
    [],
  );
  for (const { purpose, outcome, k6Summary, timeline, ledger, server } of report.counts) {
    const name = `${purpose} ${outcome}`;
    assert.deepEqual([timeline, ledger], [k6Summary, k6Summary], name);
    // What was abandoned the server may have answered all the same.
    const extra = report.counts.find((row) => row.purpose === purpose && row.outcome === 'abandoned')?.ledger ?? 0;
    if (outcome !== 'abandoned') {
      const more = (server ?? 0) - (k6Summary ?? 0);
      assert.ok(more >= 0 && more <= extra, `${name}: ${more} more at the server, ${extra} abandoned`);
    }
    const inScenarios = report.scenarios.reduce((sum, { requests }) => sum + (requests[purpose]?.[outcome] ?? 0), 0);
    assert.equal(inScenarios, k6Summary, `${name} in report.json`);
  }
  const load = report.counts.filter(({ purpose }) => purpose === 'load');
  assert.deepEqual(load.map(({ outcome }) => outcome).sort(), ['abandoned', 'accepted', 'duplicate', 'limited']);
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
    const { exitCode, report, output } = await stress([]);
    for (const criterion of criterionIds) {
      const expected = criterion === 'database-and-redis' ? 'not-applicable' : 'pass';
      assertHealthy(report, criterion, expected);
    }
    assert.equal(exitCode, 0, output);
    assert.deepEqual(report.gaps, []);
    assertCountsAgree(report);
  });

  test('on real Redis and PostgreSQL, and all counts agree', async () => {
    const [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
    try {
      const { exitCode, report, output } = await stress([], {
        BACKEND_REDIS_URL: redis.url,
        BACKEND_POSTGRES_URL: postgres.url,
        MONITOR_REDIS_URL: redis.url,
        MONITOR_POSTGRES_URL: postgres.url,
      });
      for (const criterion of criterionIds) assertHealthy(report, criterion, 'pass');
      assert.equal(exitCode, 0, output);
      assertCountsAgree(report);
    } finally {
      await Promise.all([redis.stop(), postgres.stop()]);
    }
  });
});
