import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openJournal } from '../../analysis/journal/manifest.ts';
import type { Manifest } from '../../contract/journal/journal.ts';
import type { Report } from '../../contract/report/report.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { startBackend } from '../fixtures/backend.ts';
import { isAlive, partsOf, reportOf, type StressRun, startStress, underWay, until } from './stress.ts';

const small = { BURST_SIGNALS: '20', SUSTAINED_SECONDS: '30', MIN_LEGITIMATE: '0' };
const folder = mkdtempSync(join(tmpdir(), 'interrupts-'));

function manifestText(run: string): string {
  const path = join(run, 'run.json');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

function scenariosIn(run: string): Manifest['scenarios'] {
  return openJournal(run).manifest?.scenarios ?? [];
}

/** Interrupted at this moment, the run ends gracefully: exit 130, a partial report, no process left. */
async function endsGracefully(run: StressRun, signal: NodeJS.Signals): Promise<Report> {
  const parts = partsOf(run.process.pid ?? 0);
  const startMs = performance.now();
  run.process.kill(signal);
  const { exitCode } = await run.ended();
  assert.equal(exitCode, 130, run.output());
  assert.ok(performance.now() - startMs < 20_000, 'it took longer than 15 s and the slack of a busy machine');
  const report = reportOf(run.folder);
  assert.equal(report.interrupted, true);
  assert.match(report.headline, /^Interrupted/);
  for (const [name, pid] of Object.entries(parts)) await until(`${name} ends`, () => !isAlive(pid), 1_000);
  return report;
}

test('SIGINT while the backend starts', async () => {
  const run = startStress(['burst'], small);
  await until('run.json exists', () => existsSync(join(run.folder, 'run.json')));
  await endsGracefully(run, 'SIGINT');
});

// SIGHUP is what a closed terminal sends.
for (const signal of ['SIGINT', 'SIGHUP'] as const) {
  test(`${signal} under load: what was measured is reported`, async () => {
    const run = startStress(['sustained'], small);
    await underWay(run.folder, 'sustained', 20);
    const report = await endsGracefully(run, signal);
    assert.notEqual(report.verdict, 'pass');
    assert.ok((report.scenarios[0]?.requests.load?.accepted ?? 0) >= 10);
  });
}

test('SIGTERM during a read-back command that never ends and has a background child', async () => {
  const backend = await startBackend();
  try {
    const begun = join(folder, 'begun');
    const profile = join(folder, 'profile.json');
    const readback = { kind: 'command', command: ['sh', '-c', `sleep 600 & touch ${begun}; wait`] };
    writeFileSync(profile, JSON.stringify({ ...builtInProfiles.embedded, baseUrl: backend.baseUrl, readback }));
    const run = startStress(['burst', '--profile', profile, '--pid', String(backend.pid)], small);
    await until('the read-back has begun', () => existsSync(begun));
    await endsGracefully(run, 'SIGTERM');
  } finally {
    await backend.stop();
  }
});

test('Ctrl-C in the pause between two scenarios: the second is not started', async () => {
  const run = startStress(['burst', 'sustained', '--cooldown', '60'], small);
  await until('burst has ended', () => scenariosIn(run.folder)[0]?.endedAtUs != null);
  const report = await endsGracefully(run, 'SIGINT');
  assert.deepEqual(
    report.scenarios.map(({ name }) => name),
    ['burst'],
  );
});

/** A run of which the report cannot be finished: a pipe that nobody reads holds the writer. */
async function inItsReport(): Promise<StressRun> {
  const reports = mkdtempSync(join(folder, 'reports-'));
  mkdirSync(join(reports, 'run'));
  execFileSync('mkfifo', [join(reports, 'run', 'report.html.new')]);
  const run = startStress(['burst'], small, reports);
  await until('the journal is closed', () => manifestText(run.folder).includes('clockMovedUs'));
  return run;
}

test('Ctrl-C while the report is written: what is not finished within 15 s can be made afterwards', async () => {
  const run = await inItsReport();
  const startMs = performance.now();
  run.process.kill('SIGINT');
  const { exitCode } = await run.ended();
  assert.equal(exitCode, 130, run.output());
  assert.ok(performance.now() - startMs < 20_000);
  assert.match(run.output(), /Make it with: webhook-stress report \S+run/);
  assert.equal(existsSync(join(run.folder, 'report.json')), false);
});

test('twice ends at once, here while the report is written', async () => {
  const run = await inItsReport();
  run.process.kill('SIGINT');
  await until('the first was heard', () => run.output().includes('Interrupted'));
  assert.equal(run.process.exitCode, null);
  run.process.kill('SIGINT');
  await until('the run ends', () => run.process.exitCode !== null, 2_000);
  assert.equal(run.process.exitCode, 130);
});

test('nothing of a run outlives its runner, with a k6 that does not watch its parent', async () => {
  // Like a stock k6, it knows nothing of the runner.
  const stock = join(folder, 'k6');
  writeFileSync(stock, '#!/bin/sh\n[ "$1" = version ] && echo "k6 v2.2.0" && exit\nsleep 600 & wait\n', {
    mode: 0o755,
  });
  const run = startStress(['burst'], { ...small, K6_BIN: stock });
  await until('k6 runs', () => partsOf(run.process.pid ?? 0).k6 !== undefined);
  const { k6 = 0 } = partsOf(run.process.pid ?? 0);
  run.process.kill('SIGKILL');
  await run.ended();
  await until('k6 ends', () => !isAlive(k6), 15_000);
});
