import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { journalFiles, localGenerator } from '../../contract/journal/paths.ts';
import { partsOf, reportOf, startStress, statuses, statusOf, until } from './stress.ts';

test('a soak goes on after its monitor was killed: another one goes on, and the pause is told', async () => {
  const env = { LIMITER_KIND: 'none', MAX_RATE: '40', SOAK_REST_MS: '500' };
  const run = startStress(['soak', '--duration', '10s', '--interval', '0.1', '--workers', '1'], env);
  const monitor = (): number | undefined => partsOf(run.process.pid ?? 0).monitor;
  const ledger = join(run.folder, journalFiles.ledger(localGenerator, 'soak'));
  // A machine that others use may take long to start all of this.
  await until('soak sends', () => existsSync(ledger) && statSync(ledger).size > 10_000, 90_000);
  const killed = monitor();
  process.kill(killed ?? 0, 'SIGKILL');
  await until('another monitor runs', () => monitor() !== undefined && monitor() !== killed);
  const { exitCode } = await run.ended();
  const report = reportOf(run.folder);
  const said = `${run.output()}\n${statuses(report)}\n${JSON.stringify(report.gaps)}`;
  // Whether a busy machine answered in time is another matter.
  assert.ok(exitCode === 3 || exitCode === 1, said);
  assert.match(run.output(), /The monitor ended with SIGKILL and is started again/);
  assert.equal(report.gaps.filter(({ problem }) => /nobody watched for/.test(problem)).length, 1, said);
  assert.equal(statusOf(report, 'worker-crashes'), 'inconclusive', said);
  assert.notEqual(statusOf(report, 'exactly-once'), 'fail', said);
  // Whatever memory does in ten seconds, the pause takes no evidence from it.
  const leak = report.findings.find(({ criterion }) => criterion === 'memory-leak');
  assert.doesNotMatch(JSON.stringify([leak?.summary, leak?.evidence]), /monitors\/local/);
});
