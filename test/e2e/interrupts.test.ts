import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openJournal } from '../../analysis/journal/manifest.ts';
import type { Manifest } from '../../contract/journal/journal.ts';
import type { Report } from '../../contract/report/report.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { type Backend, startBackend } from '../fixtures/backend.ts';
import { firstIsChecked, isAlive, partsOf, reportOf, type StressRun, startStress, underWay, until } from './stress.ts';

const small = { BURST_SIGNALS: '20', SUSTAINED_SECONDS: '30', MIN_LEGITIMATE: '0' };
const folder = mkdtempSync(join(tmpdir(), 'interrupts-'));

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
  test(`${signal} under load: what was measured is reported, and what it cut accuses nobody`, async () => {
    const run = startStress(['sustained', '--fault', 'slow=200'], small);
    await underWay(run.folder, 'sustained', 20);
    const report = await endsGracefully(run, signal);
    assert.notEqual(report.verdict, 'pass');
    const { accepted = 0, abandoned = 0, timeout = 0 } = report.scenarios[0]?.requests.load ?? {};
    assert.ok(accepted >= 10 && abandoned > 0, `${accepted} accepted, ${abandoned} abandoned`);
    assert.equal(timeout, 0);
  });
}

/** A run whose read-back command never ends, has a background child, and makes the file `begun`. */
function startReadback(backend: Backend, begun: string): StressRun {
  const profile = join(mkdtempSync(join(folder, 'profile-')), 'profile.json');
  const readback = {
    kind: 'command',
    command: ['sh', '-c', `${firstIsChecked(`${begun}.checked`)}; sleep 600 & touch ${begun}; wait`],
  };
  writeFileSync(profile, JSON.stringify({ ...builtInProfiles.embedded, baseUrl: backend.baseUrl, readback }));
  return startStress(['burst', '--profile', profile, '--pid', String(backend.pid)], small);
}

test('SIGTERM during a read-back command that never ends and has a background child', async () => {
  const backend = await startBackend();
  try {
    const begun = join(folder, 'begun');
    const run = startReadback(backend, begun);
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

test('twice ends at once, here during a read-back command that never ends', async () => {
  const backend = await startBackend();
  try {
    const begun = join(folder, 'begun-twice');
    const run = startReadback(backend, begun);
    await until('the read-back has begun', () => existsSync(begun));
    const parts = partsOf(run.process.pid ?? 0);
    run.process.kill('SIGINT');
    run.process.kill('SIGHUP');
    const { exitCode } = await run.ended();
    assert.equal(exitCode, 130, run.output());
    assert.match(
      run.output(),
      /Ended at once, without a report\. Make it with: node dist\/cli\/webhook-stress\.js report /,
    );
    assert.equal(existsSync(join(run.folder, 'report.json')), false);
    for (const [name, pid] of Object.entries(parts)) await until(`${name} ends`, () => !isAlive(pid), 2_000);
  } finally {
    await backend.stop();
  }
});

/** Starts a run with a k6 that sends nothing; the thread that makes the report does this when it opens report.html. */
function startReporting(inThread: string): StressRun {
  const idle = join(mkdtempSync(join(folder, 'idle-')), 'k6');
  writeFileSync(idle, '#!/bin/sh\n[ "$1" = version ] && echo "k6 v2.2.0"\nexit 0\n', { mode: 0o755 });
  const preload = `import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    import { isMainThread } from 'node:worker_threads';
    const { openSync } = fs;
    fs.openSync = (path, ...how) => {
      if (!isMainThread && path.endsWith('report.html.new')) { ${inThread} }
      return openSync(path, ...how);
    };
    syncBuiltinESMExports();`;
  return startStress(['burst'], {
    ...small,
    K6_BIN: idle,
    NODE_OPTIONS: `--import "data:text/javascript,${encodeURIComponent(preload)}"`,
  });
}

const busyFor = (what: string): string => `openSync(path + '.begun', 'w'); ${what}`;
const endless = busyFor('for (;;) {}');

async function writesReport(run: StressRun): Promise<void> {
  await until('the report is being written', () => existsSync(join(run.folder, 'report.html.new.begun')));
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} while the report is written: it is written to its end`, async () => {
    const run = startReporting(busyFor(`while (!fs.existsSync(path + '.go'));`));
    await writesReport(run);
    run.process.kill(signal);
    await until('it was heard', () => /Interrupted: ending within 15 s/.test(run.output()));
    writeFileSync(join(run.folder, 'report.html.new.go'), '');
    const { exitCode } = await run.ended();
    assert.equal(exitCode, 130, run.output());
    assert.equal(reportOf(run.folder).verdict, 'inconclusive');
  });

  test(`${signal} twice while the report is written ends at once, without report.json`, async () => {
    const run = startReporting(endless);
    await writesReport(run);
    run.process.kill(signal);
    await until('it was heard', () => /Interrupted: ending within 15 s/.test(run.output()));
    run.process.kill(signal);
    const { exitCode } = await run.ended();
    assert.equal(exitCode, 130, run.output());
    assert.equal(existsSync(join(run.folder, 'report.json')), false);
  });
}

test('Ctrl-C while a report is written that does not come to its end: it is given up, and one line says how to make it', async () => {
  const run = startReporting(endless);
  await writesReport(run);
  run.process.kill('SIGINT');
  const { exitCode } = await run.ended();
  assert.equal(exitCode, 130, run.output());
  assert.match(
    run.output(),
    /The report was not finished. Make it with: node dist\/cli\/webhook-stress\.js report \S+\n$/,
  );
  assert.equal(existsSync(join(run.folder, 'report.json')), false);
});

test('Ctrl-C twice while the disk does not answer: the run ends all the same, by the signal', async () => {
  // A pipe that nobody writes to never lets the thread go.
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  const run = startReporting(busyFor(`openSync('${pipe}', 'r');`));
  await writesReport(run);
  run.process.kill('SIGINT');
  await until('it was heard', () => /Interrupted: ending within 15 s/.test(run.output()));
  run.process.kill('SIGINT');
  await run.ended();
  assert.equal(run.process.signalCode, 'SIGINT', run.output());
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
