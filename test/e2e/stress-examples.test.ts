import assert from 'node:assert/strict';
import { cpSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertJudged, assertPassed, reportOf, root, startStress, statuses, statusOf } from './stress.ts';

// The examples, as their user runs them from a folder of his own, in a short size: against the healthy backend, and against one
// with a fault that each must find.

const folder = mkdtempSync(join(tmpdir(), 'own-scenarios-'));
cpSync(join(root, 'examples'), join(folder, 'stress'), { recursive: true });

async function runIn(args: readonly string[]) {
  const reports = mkdtempSync(join(tmpdir(), 'own-reports-'));
  const words = [...args, '--cooldown', '0.2'];
  const run = startStress(words, { SUSTAINED_SECONDS: '4' }, reports, ['sh', '-c', `cd ${folder} && exec "$@"`, 'sh']);
  const { exitCode } = await run.ended();
  return { exitCode, output: run.output(), report: reportOf(run.folder) };
}

const fileOf = (name: string): string => `stress/${name}.ts`;

describe('the examples from a folder of their own', { concurrency: true }, () => {
  test('pass against a healthy server, with thresholds of their own', async () => {
    const run = await runIn(['market-open', 'recorded-day', 'retrying-sender'].map(fileOf));
    const { report } = run;
    assertPassed(run);
    assert.deepEqual(
      report.scenarios.map(({ name }) => name),
      ['market-open', 'recorded-day', 'retrying-sender'],
    );
    for (const criterion of ['worker-crashes', 'exactly-once', 'success-rate', 'error-rate'] as const) {
      assertJudged(run, criterion, 'pass');
    }
    const own = report.findings.filter(({ question }) => question === 'Are your own thresholds kept?');
    assert.deepEqual(
      own.map(({ title, status }) => [title, status]),
      [
        ['checks: rate>0.99 (market-open)', 'pass'],
        ['checks: rate==1 (retrying-sender)', 'pass'],
      ],
    );
  });

  for (const [name, fault, says] of [
    ['market-open', 'lost-after-accept=5', /\d+ lost of \d+ signals/],
    ['recorded-day', 'processed-twice=1000', /\d+ processed more than once of 150 signals/],
    ['retrying-sender', 'key-after-effect', /processed more than once after the connection was cut: \d+ of/],
  ] as const) {
    test(`${name} finds ${fault}`, async () => {
      const { exitCode, output, report } = await runIn([fileOf(name), '--fault', fault]);
      assert.equal(exitCode, 1, `${output}\n${statuses(report)}`);
      assert.equal(statusOf(report, 'exactly-once'), 'fail', statuses(report));
      assert.match(report.findings.find(({ criterion }) => criterion === 'exactly-once')?.summary ?? '', says);
    });
  }
});
