import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { testRun } from '../../cli/kubernetes/test-run.ts';
import { testRunSettings } from '../../cli/kubernetes/test-run-settings.ts';
import { type Backend, startBackend } from '../fixtures/backend.ts';
import { carryOut } from '../fixtures/operator.ts';
import { assertJudged, command, k6, reportOf, root, smallSizes, statuses, statusOf } from './stress.ts';

// A TestRun as `webhook-stress kubernetes` writes it, carried out by a stand-in for k6-operator: three runners, each in a network namespace
// with a clock of its own, whose journals become one report.

const logIn = { LOGIN_PASSWORD: 'of-this-test-alone' };
const aheadMs = [0, 180, -240];
let backend: Backend;

before(async () => {
  backend = await startBackend(['--host', '0.0.0.0'], logIn);
});
after(() => backend.stop());

async function testRunOf(scenario: string) {
  const args = [scenario, '--profile', 'embedded', '--image', 'any', '--parallelism', '3', '--journal-claim', 'any'];
  const env = { ...smallSizes, ...logIn, BASE_URL: 'http://app:8000', ALLOW_HOST: 'app', MIN_LEGITIMATE: '0' };
  const { testRuns } = (await testRunSettings(args, env)) ?? assert.fail('no TestRun');
  const [settings] = testRuns;
  assert.ok(settings !== undefined);
  return testRun({ ...settings, variables: { ...settings.variables, ...logIn } });
}

function reported(journal: string, options: readonly string[]) {
  const out = mkdtempSync(join(tmpdir(), 'operator-report-'));
  const words = ['report', '--k6', journal, '--profile', 'embedded', '--out', out, ...options];
  const { stderr } = spawnSync(process.execPath, [command, ...words], { encoding: 'utf8' });
  assert.equal(stderr, '');
  return reportOf(out);
}

async function carriedOut(scenario: string, net: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'operator-'));
  const run = await testRunOf(scenario);
  const port = Number(new URL(backend.baseUrl).port);
  await carryOut(run, port, { folder, k6, bundles: join(root, 'dist'), aheadMs, net });
  return join(folder, 'webhook-stress-'.concat(scenario), 'generators');
}

const known = aheadMs.flatMap((ms, n) => ['--clock-offset', `k6-${n + 1}=${ms}:2`]);

/** What does not go by how fast a busy machine is. */
const cases = [
  { scenario: 'burst', criteria: ['exactly-once', 'error-rate'] },
  { scenario: 'hft', criteria: ['exactly-once', 'error-rate', 'rate-limiter'] },
] as const;

describe('k6-operator', { concurrency: true }, () => {
  for (const [net, { scenario, criteria }] of cases.entries()) {
    test(`${scenario}: three runners are one generator, if their clocks are known; if not, nobody is accused`, async () => {
      const journal = await carriedOut(scenario, net);
      assert.deepEqual(readdirSync(journal).sort(), ['k6-1', 'k6-2', 'k6-3']);
      const texts = [1, 2, 3].map((n) => readFileSync(join(journal, `k6-${n}`, `${scenario}.requests.ndjson`), 'utf8'));
      // Of setup itself; what opens a connection belongs to a phase.
      const setups = texts.map((text) => text.split('"phase":"","purpose":"setup"').length - 1);
      assert.ok((setups[0] ?? 0) > 0, 'setup ran on the first');
      assert.deepEqual(setups.slice(1), [0, 0]);
      assert.deepEqual(
        texts.map((text) => text.includes('"readback":')),
        [true, false, false],
      );

      const report = reported(journal, known);
      assert.ok(report.counts.length > 0 && report.counts.every(({ agree }) => agree !== false), statuses(report));
      for (const criterion of criteria) assertJudged({ report }, criterion, 'pass');
      const unknown = reported(journal, []);
      for (const criterion of criteria) assert.notEqual(statusOf(unknown, criterion), 'fail', statuses(unknown));
    });
  }
});
