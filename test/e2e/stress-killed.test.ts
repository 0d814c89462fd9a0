import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import {
  childrenOf,
  command,
  isAlive,
  partsOf,
  reportOf,
  startStress,
  statuses,
  statusOf,
  underWay,
  until,
} from './stress.ts';

const env = { SUSTAINED_SECONDS: '6' };

async function killed(part: 'backend' | 'monitor' | 'k6') {
  const run = startStress(['sustained'], env);
  await underWay(run.folder, 'sustained', 100);
  const pid = partsOf(run.process.pid ?? 0)[part];
  assert.ok(pid !== undefined, `no ${part} among ${JSON.stringify(childrenOf(run.process.pid ?? 0))}`);
  process.kill(pid, 'SIGKILL');
  const { exitCode } = await run.ended();
  return { exitCode, report: reportOf(run.folder), output: run.output() };
}

test('k6 killed: what was measured is reported, what is missing is said, and it does not pass', async () => {
  const { exitCode, report, output } = await killed('k6');
  assert.equal(exitCode, 3, output);
  assert.equal(report.verdict, 'inconclusive', statuses(report));
  assert.ok(
    report.gaps.some(({ problem }) => /SIGKILL/.test(problem)),
    JSON.stringify(report.gaps),
  );
  assert.ok((report.scenarios[0]?.requests.load?.accepted ?? 0) >= 50);
});

test('monitor killed: the runner makes the report, and what the monitor would have seen is inconclusive', async () => {
  const { exitCode, report, output } = await killed('monitor');
  assert.equal(exitCode, 3, output);
  assert.equal(statusOf(report, 'worker-crashes'), 'inconclusive', statuses(report));
  assert.equal(statusOf(report, 'success-rate'), 'pass', statuses(report));
  assert.ok(report.gaps.some(({ file }) => file === journalFiles.monitor(localMonitor)));
});

test('backend killed: a target lost in mid-run fails', async () => {
  const { exitCode, report, output } = await killed('backend');
  assert.equal(exitCode, 1, output);
  assert.equal(statusOf(report, 'worker-crashes'), 'fail', statuses(report));
});

test('runner killed: its processes end by themselves, and the journal can be reported', async () => {
  const run = startStress(['sustained'], env);
  await underWay(run.folder, 'sustained', 100);
  const parts = partsOf(run.process.pid ?? 0);
  run.process.kill('SIGKILL');
  await run.ended();
  for (const [part, pid] of Object.entries(parts)) await until(`${part} ends`, () => !isAlive(pid), 20_000);
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, 'report', run.folder], { encoding: 'utf8' });
  assert.equal(status, 3, stdout + stderr);
  const report = reportOf(run.folder);
  assert.ok(
    report.gaps.some(({ problem }) => /runner/.test(problem)),
    JSON.stringify(report.gaps),
  );
  assert.ok((report.scenarios[0]?.requests.load?.accepted ?? 0) >= 50);
});

test('interrupted by Ctrl-C: a partial report, exit code 130', async () => {
  const run = startStress(['sustained', 'burst'], env);
  await underWay(run.folder, 'sustained', 100);
  run.process.kill('SIGINT');
  const { exitCode } = await run.ended();
  assert.equal(exitCode, 130, run.output());
  const report = reportOf(run.folder);
  assert.equal(report.interrupted, true);
  assert.notEqual(report.verdict, 'pass');
  assert.match(report.headline, /^Interrupted/);
});
