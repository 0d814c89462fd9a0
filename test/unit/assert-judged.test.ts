import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Status } from '../../contract/report/criteria.ts';
import { assertJudged } from '../e2e/stress.ts';
import { failing } from '../fixtures/report/failing.ts';

const full = 'not proven for 9 signals; there was no CPU to spare most of the time, which may be why';

function reportWith(status: Status, summary: string) {
  const report = failing();
  const [finding] = report.findings.filter(({ criterion }) => criterion === 'exactly-once');
  assert.ok(finding !== undefined);
  return { report: { ...report, findings: [{ ...finding, status, summary }] } };
}

test('a full machine excuses what it left open, by the words of the finding alone', () => {
  const of = (status: Status, summary: string, expected: Status) =>
    assertJudged(reportWith(status, summary), 'exactly-once', expected);
  assert.equal(of('inconclusive', full, 'pass'), null);
  assert.equal(of('inconclusive', full, 'fail'), null);
  assert.equal(of('inconclusive', full, 'inconclusive')?.summary, full);
  assert.equal(of('pass', '9 effects of 9 signals', 'pass')?.status, 'pass');
  for (const [status, summary, expected] of [
    ['inconclusive', 'not proven for 9 signals: the spread could exceed the TTL', 'pass'],
    ['fail', full, 'pass'],
    ['pass', full, 'fail'],
    ['warn', full, 'pass'],
  ] as const)
    assert.throws(() => of(status, summary, expected), assert.AssertionError, `${status}: ${summary}`);
});
