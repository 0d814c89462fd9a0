import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf, reportOf, startStress, statuses, statusOf, underWay, until } from './stress.ts';

test('a soak goes on after its monitor was killed: another one goes on, and the pause is told', async () => {
  const env = { LIMITER_KIND: 'none', MAX_RATE: '40', SOAK_REST_MS: '500' };
  const run = startStress(['soak', '--duration', '10s', '--interval', '0.1', '--workers', '1'], env);
  const monitor = (): number | undefined => partsOf(run.process.pid ?? 0).monitor;
  await underWay(run.folder, 'soak', 80);
  const killed = monitor();
  process.kill(killed ?? 0, 'SIGKILL');
  await until('another monitor runs', () => monitor() !== undefined && monitor() !== killed);
  const { exitCode } = await run.ended();
  const report = reportOf(run.folder);
  const said = `${run.output()}\n${statuses(report)}\n${JSON.stringify(report.gaps)}`;
  assert.equal(exitCode, 3, said);
  assert.match(run.output(), /The monitor ended with SIGKILL and is started again/);
  assert.equal(report.gaps.length, 1, said);
  assert.match(report.gaps[0]?.problem ?? '', /nobody watched for/);
  assert.equal(statusOf(report, 'worker-crashes'), 'inconclusive', said);
  for (const criterion of ['success-rate', 'error-rate', 'exactly-once'] as const) {
    assert.equal(statusOf(report, criterion), 'pass', said);
  }
  // Whatever memory does in ten seconds, it is judged: by all cycles of which the end was seen.
  const leak = report.findings.find(({ criterion }) => criterion === 'memory-leak');
  assert.doesNotMatch(leak?.summary ?? '', /evidence is missing/);
  assert.ok((report.scenarios[0]?.requests.load?.accepted ?? 0) > 150, said);
});
