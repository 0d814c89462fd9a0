import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import { exitCodes } from '../../contract/report/criteria.ts';
import type { Report } from '../../contract/report/report.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import { type Backend, startBackend } from '../fixtures/backend.ts';
import {
  type FullFolder,
  fullDisk,
  fullFolders,
  fullHealthReport,
  type KilledPart,
  kills,
  type Outcome,
} from '../matrix/own-faults.ts';
import {
  command,
  firstIsChecked,
  isAlive,
  partsOf,
  reportOf,
  type StressRun,
  startStress,
  statuses,
  statusOf,
  underWay,
  until,
} from './stress.ts';

const small = { BURST_SIGNALS: '20', SUSTAINED_SECONDS: '3', MIN_LEGITIMATE: '0' };
let backend: Backend;
let folder = '';

before(async () => {
  backend = await startBackend();
  folder = mkdtempSync(join(tmpdir(), 'own-faults-'));
});
after(async () => {
  await backend.stop();
});

/** A profile of a backend of this test; no response time fails on a busy machine. With `gate`, read-back is a command that waits for it. */
function profileFile(baseUrl: string, gate: string | null): string {
  const slow = { warnMs: 60_000, failMs: 60_000 };
  const path = join(mkdtempSync(join(folder, 'profile-')), 'profile.json');
  const script = `${firstIsChecked(`${gate}.checked`)}; touch ${gate}.begun; while [ ! -e ${gate} ]; do sleep 0.1; done; exit 7`;
  writeFileSync(
    path,
    JSON.stringify({
      ...builtInProfiles.embedded,
      baseUrl,
      ...(gate === null ? {} : { readback: { kind: 'command', command: ['sh', '-c', script] } }),
      criteria: { averageResponse: slow, p95Response: slow, anyResponse: slow },
    }),
  );
  return path;
}

function report(runFolder: string): number | null {
  return spawnSync(process.execPath, [command, 'report', runFolder], { encoding: 'utf8' }).status;
}

/** Waits for the end; after a kill of the runner that of its journal's report. */
async function exitOf(run: StressRun, part: KilledPart): Promise<number | null> {
  const parts = partsOf(run.process.pid ?? 0);
  if (part === 'runner') run.process.kill('SIGKILL');
  const { exitCode } = await run.ended();
  for (const [name, pid] of Object.entries(parts)) await until(`${name} ends`, () => !isAlive(pid), 20_000);
  return part === 'runner' ? report(run.folder) : exitCode;
}

function check(run: StressRun, exit: number | null, outcome: Outcome): void {
  assert.equal(
    exit,
    outcome.exit,
    run.output() + (existsSync(join(run.folder, 'report.json')) ? statuses(reportOf(run.folder)) : ''),
  );
}

async function killOf(run: StressRun, part: KilledPart): Promise<void> {
  if (part === 'runner') return;
  await until(`${part} runs`, () => partsOf(run.process.pid ?? 0)[part] !== undefined);
  process.kill(partsOf(run.process.pid ?? 0)[part] ?? 0, 'SIGKILL');
}

const hasGap = ({ gaps }: Report, text: RegExp): boolean =>
  gaps.some(({ file, problem }) => text.test(`${file}: ${problem}`));

/** What the report says of a part that was killed under load. */
const isToldUnderLoad: Readonly<Record<KilledPart, (report: Report) => boolean>> = {
  runner: (report) => hasGap(report, /the runner was lost/),
  k6: (report) => hasGap(report, /k6 was ended by SIGKILL/),
  monitor: (report) =>
    hasGap(report, /^monitors\/local\.ndjson: /) &&
    statusOf(report, 'worker-crashes') === 'inconclusive' &&
    statusOf(report, 'success-rate') === 'pass',
  backend: (report) => statusOf(report, 'worker-crashes') === 'fail',
};

/** Starts a run of which this part is to be killed: a backend is the run's own. */
function startFor(part: KilledPart, scenario: string): StressRun {
  if (part === 'backend') return startStress([scenario], small);
  return startStress([scenario, '--profile', profileFile(backend.baseUrl, null), '--pid', String(backend.pid)], small);
}

for (const part of ['runner', 'k6', 'monitor', 'backend'] as const) {
  test(`${part} killed at the start: ${kills[part].start.words}`, async () => {
    const run = startFor(part, 'burst');
    await until('run.json exists', () => existsSync(join(run.folder, 'run.json')));
    await killOf(run, part);
    check(run, await exitOf(run, part), kills[part].start);
  });

  test(`${part} killed under load: ${kills[part].load.words}`, async () => {
    const run = startFor(part, 'sustained');
    await underWay(run.folder, 'sustained', 50);
    await killOf(run, part);
    check(run, await exitOf(run, part), kills[part].load);
    const built = reportOf(run.folder);
    assert.ok((built.scenarios[0]?.requests.load?.accepted ?? 0) >= 25);
    assert.ok(isToldUnderLoad[part](built), statuses(built) + JSON.stringify(built.gaps));
  });
}

for (const part of ['runner', 'monitor', 'backend'] as const) {
  test(`${part} killed during read-back: ${kills[part]['read-back'].words}`, async () => {
    const own = part === 'backend' ? await startBackend() : backend;
    const gate = join(mkdtempSync(join(folder, 'gate-')), 'gate');
    const run = startStress(['burst', '--profile', profileFile(own.baseUrl, gate), '--pid', String(own.pid)], small);
    await until('the read-back has begun', () => existsSync(`${gate}.begun`));
    // The first read goes on beside the load, and waits at the gate until after it.
    await until('the load has ended', () => partsOf(run.process.pid ?? 0).k6 === undefined);
    if (part === 'backend') {
      own.kill('SIGKILL');
      await own.exited;
      await until('the monitor has seen it', () =>
        /server-lost|process-ended/.test(readFileSync(join(run.folder, journalFiles.monitor(localMonitor)), 'utf8')),
      );
    } else await killOf(run, part);
    if (part !== 'runner') writeFileSync(gate, '');
    check(run, await exitOf(run, part), kills[part]['read-back']);
  });
}

test(`runner killed while the report is written: ${kills.runner.report.words}; by then the other parts have ended`, async () => {
  const reports = mkdtempSync(join(folder, 'reports-'));
  mkdirSync(join(reports, 'run'));
  // A pipe that nobody reads holds the writer in the middle of its work.
  execFileSync('mkfifo', [join(reports, 'run', 'report.html.new')]);
  const args = ['burst', '--profile', profileFile(backend.baseUrl, null), '--pid', String(backend.pid)];
  const { MIN_LEGITIMATE: _, ...enough } = small;
  const run = startStress(args, enough, reports);
  await until('k6 runs', () => partsOf(run.process.pid ?? 0).k6 !== undefined);
  await until('the other parts have ended', () => Object.keys(partsOf(run.process.pid ?? 0)).length === 0);
  await until('the journal is closed', () =>
    readFileSync(join(run.folder, 'run.json'), 'utf8').includes('clockMovedUs'),
  );
  run.process.kill('SIGKILL');
  await run.ended();
  assert.deepEqual(
    readdirSync(run.folder).filter((name) => /^report|^junit|health_report/.test(name)),
    ['report.html.new'],
  );
  execFileSync('rm', [join(run.folder, 'report.html.new')]);
  assert.equal(report(run.folder), kills.runner.report.exit, statuses(reportOf(run.folder)));
});

/** Starts a run in whose folder these paths are on a full device. */
function startOnFullDisk(paths: readonly string[]): StressRun {
  const reports = mkdtempSync(join(folder, 'full-'));
  for (const path of paths) {
    mkdirSync(dirname(join(reports, 'run', path)), { recursive: true });
    symlinkSync('/dev/full', join(reports, 'run', path));
  }
  if (paths.includes(journalFiles.backendLog)) return startStress(['burst'], small, reports);
  const gate = join(reports, 'gate');
  writeFileSync(gate, '');
  return startStress(
    ['burst', '--profile', profileFile(backend.baseUrl, gate), '--pid', String(backend.pid)],
    small,
    reports,
  );
}

for (const [file, outcome] of Object.entries(fullDisk)) {
  test(`no space left for ${file}: ${outcome.words}`, async () => {
    const isRenamed = /run\.json|report\.|junit|effects/.test(file);
    const run = startOnFullDisk([isRenamed ? `${file}.new` : file]);
    const { exitCode } = await run.ended();
    check(run, exitCode, outcome);
    assert.match(run.output(), /ENOSPC|[Nn]o space left/);
    assert.ok(run.output().includes(basename(file)), run.output());
    // The page is written first of all.
    assert.equal(/^ +report: .*report\.html$/m.test(run.output()), file !== 'report.html', run.output());
    if (!/^(?:report\.|junit)/.test(file)) {
      const built = reportOf(run.folder);
      assert.equal(built.findings.filter(({ status }) => status === 'fail').length, 0, statuses(built));
      assert.ok(
        built.gaps.some((gap) => gap.file === file && /ENOSPC|no space left/.test(gap.problem)),
        JSON.stringify(built.gaps),
      );
    }
  });
}

test(`no space left for the health report when the report is made again: ${fullHealthReport.words}`, () => {
  const archive = join(import.meta.dirname, '..', 'fixtures', 'journals', 'v2-healthy.tar.gz');
  const again = mkdtempSync(join(folder, 'again-'));
  execFileSync('tar', ['xzf', archive, '-C', again]);
  const runFolder = join(again, 'healthy');
  const healthReports = () => readdirSync(runFolder).filter((name) => name.startsWith('server_health_report_'));
  assert.equal(report(runFolder), exitCodes.passed);
  const [name = ''] = healthReports();
  for (const file of ['report.json', name]) rmSync(join(runFolder, file));
  symlinkSync('/dev/full', join(runFolder, `${name}.new`));
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, 'report', runFolder], { encoding: 'utf8' });
  assert.equal(status, fullHealthReport.exit, stderr);
  assert.match(stdout, /Worker crashes/);
  assert.ok(stderr.includes(`${name} could not be written (`), stderr);
  assert.equal(existsSync(join(runFolder, 'report.json')), false);
});

/** What runs a command with a small disk of its own at a path, which is its `$0`, a disk that ends with the command. */
function onDisk(options: string, path: string, script = 'exec "$@"'): readonly string[] {
  const unshare = ['unshare', process.getuid?.() === 0 ? '-m' : '-rm'];
  return [...unshare, 'sh', '-c', `mount -t tmpfs -o ${options} none "$0" && ${script}`, path];
}

/** Starts sustained with what it reports on such a disk; `path` is that of the disk in the reports folder. */
function startOnDisk(options: string, path: string, script?: string): StressRun {
  const reports = mkdtempSync(join(folder, 'disk-'));
  const disk = join(reports, path);
  mkdirSync(disk, { recursive: true });
  const args = ['sustained', '--profile', profileFile(backend.baseUrl, null), '--pid', String(backend.pid)];
  return startStress(args, small, reports, onDisk(options, disk, script));
}

function accusesNobody(built: Report): void {
  assert.equal(built.verdict, 'inconclusive', statuses(built));
  for (const { criterion, status } of built.findings)
    assert.notEqual(status, 'fail', `${criterion}: ${statuses(built)}`);
}

const isTold = (run: StressRun): void =>
  assert.match(run.output(), /could not be written \(.*[Nn]o space left on device\)/);

const onFullFolder: Readonly<Record<FullFolder, () => Promise<void>>> = {
  'generators/ takes no further file when k6 starts': async () => {
    // The folder itself, that of the generator, its log, its timeline.
    const run = startOnDisk('size=1m,nr_inodes=4', join('run', 'generators'));
    const { exitCode } = await run.ended();
    check(run, exitCode, fullFolders['generators/ takes no further file when k6 starts']);
    const built = reportOf(run.folder);
    accusesNobody(built);
    assert.equal(built.scenarios[0]?.requests.load, undefined);
    assert.ok(hasGap(built, /sustained\.requests\.ndjson: it could not be written/), JSON.stringify(built.gaps));
    isTold(run);
  },
  'generators/ fills up under load': async () => {
    const run = startOnDisk('size=16k', join('run', 'generators'));
    const { exitCode } = await run.ended();
    check(run, exitCode, fullFolders['generators/ fills up under load']);
    const built = reportOf(run.folder);
    accusesNobody(built);
    assert.ok((built.scenarios[0]?.requests.load?.accepted ?? 0) > 0, statuses(built));
    assert.ok(hasGap(built, /\.ndjson: it could not be written \(no space left/), JSON.stringify(built.gaps));
    isTold(run);
  },
  'the reports folder fills up under load': async () => {
    const underLoad = '"$0"/run/generators/k6-1/sustained.requests.ndjson';
    const run = startOnDisk(
      'size=6m',
      '',
      `{ (until grep -q '"load"' ${underLoad}; do sleep 0.1; done; cat /dev/zero >"$0/filler") 2>/dev/null &
        "$@"; code=$?; cp -r "$0/run" "$0.kept"; exit $code; }`,
    );
    const { exitCode } = await run.ended();
    assert.equal(exitCode, fullFolders['the reports folder fills up under load'].exit, run.output());
    isTold(run);
    const kept = `${dirname(run.folder)}.kept`;
    assert.equal(existsSync(join(kept, 'report.json')), false);
    assert.equal(report(kept), exitCodes.inconclusive);
    accusesNobody(reportOf(kept));
  },
  'the reports folder has no room when the run starts': async () => {
    const run = startOnDisk('size=3m', '');
    const { exitCode } = await run.ended();
    check(run, exitCode, fullFolders['the reports folder has no room when the run starts']);
    assert.match(run.output(), /^webhook-stress: --reports names .* cannot be written \(ENOSPC: [^\n]*\n$/);
  },
};

for (const [name, { words }] of Object.entries(fullFolders)) {
  test(`no space left: ${name}: ${words}`, onFullFolder[name as FullFolder]);
}

test('nobody reads stdout and stderr any more: the run goes on to its report', async () => {
  const args = ['burst', '--profile', profileFile(backend.baseUrl, null), '--pid', String(backend.pid)];
  const { MIN_LEGITIMATE: _, ...enough } = small;
  const run = startStress(args, enough);
  await until('it has said something', () => run.output() !== '');
  run.process.stdout?.destroy();
  run.process.stderr?.destroy();
  const { exitCode } = await run.ended();
  assert.equal(exitCode, exitCodes.passed, statuses(reportOf(run.folder)));
});
