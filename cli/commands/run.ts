import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { journalFiles } from '../../contract/journal/journal.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import { newRunTag } from '../../contract/plan/signal-id.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { exitCodes } from '../../contract/report/criteria.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import type { Report } from '../../contract/report/report.ts';
import { newClock, type RunClock } from '../../monitor/clock.ts';
import { readReport } from '../../render/json.ts';
import { renderTerminal } from '../../render/terminal.ts';
import { environment } from '../environment.ts';
import { packageRoot } from '../package-root.ts';
import { type EmbeddedBackend, startEmbeddedBackend } from '../run/embedded-backend.ts';
import { checkHost, checkServerAnswers } from '../run/host-check.ts';
import { Interrupt } from '../run/interrupt.ts';
import { findK6, type K6Binary } from '../run/k6-binary.ts';
import { startK6 } from '../run/k6-process.ts';
import type { ManifestFile } from '../run/manifest-file.ts';
import { type MonitorProcess, startMonitor } from '../run/monitor-process.ts';
import { newManifest } from '../run/new-manifest.ts';
import { ProgressLine, ScenarioProgress } from '../run/progress.ts';
import { readByCommand, writeEffects } from '../run/readback-command.ts';
import { RestartUnderLoad } from '../run/restart-under-load.ts';
import {
  estimatedSeconds,
  estimatedTotalSeconds,
  type RunSettings,
  restartedScenario,
  runHelp,
  runSettings,
} from '../run/settings.ts';
import { reportRun } from '../write-report.ts';

/** What the steps of one run share. */
interface Session {
  readonly settings: RunSettings;
  readonly k6: K6Binary;
  readonly clock: RunClock;
  readonly folder: string;
  readonly runId: string;
  readonly manifest: ManifestFile;
  readonly line: ProgressLine;
  readonly interrupt: Interrupt;
}

/**
 * The verb `run`: backend, monitor, scenarios one after the other, report.
 * @returns the exit code of contract/report/criteria.ts. Throws ExpectedErrors before anything is sent, and only then.
 */
export async function run(args: readonly string[]): Promise<number> {
  const settings = await runSettings(args);
  if (settings === null) {
    process.stdout.write(runHelp);
    return exitCodes.passed;
  }
  const line = new ProgressLine(process.stderr);
  for (const name of settings.scenarios) {
    if (!existsSync(bundleOf(name))) throw new ExpectedError(`dist/${name}.js is missing: run "make build" first`);
  }
  if (settings.baseUrl !== null) {
    await checkHost(settings.baseUrl, settings.allowHosts);
    await checkServerAnswers(settings.baseUrl);
  }
  const k6 = await findK6(environment.k6Binary, environment.searchPath, (text) => line.say(text));
  if (k6.build === 'stock') {
    line.say(`${k6.path} is a stock k6: without timeline and ledger most verdicts will be inconclusive`);
  }

  const clock = newClock();
  const runId = settings.runId ?? new Date(clock.nowUs() / 1000).toISOString().replace(/[:.]/g, '-').slice(0, 19);
  const folder = resolve(settings.reports, runId);
  if (existsSync(join(folder, journalFiles.manifest))) {
    throw new ExpectedError(`${folder} holds a run already: give another --run-id`);
  }
  mkdirSync(join(folder, journalFiles.k6Folder), { recursive: true });

  const interrupt = new Interrupt();
  interrupt.listen();
  let backend: EmbeddedBackend | null = null;
  try {
    backend =
      settings.baseUrl === null
        ? await startEmbeddedBackend(settings, environment.all, join(folder, journalFiles.backendLog))
        : null;
    const baseUrl = backend?.baseUrl ?? settings.baseUrl ?? '';
    const manifest = newManifest(folder, runId, settings, k6, clock, backend, baseUrl);
    const session: Session = { settings, k6, clock, folder, runId, manifest, line, interrupt };
    const monitor = await watch(session, backend, baseUrl);
    await runScenarios(session, backend, baseUrl);
    const report = await finish(session, backend, monitor);
    process.stdout.write(
      `${renderTerminal(report, { color: process.stdout.isTTY === true, reportPath: join(folder, 'report.html') })}\n`,
    );
    return report.exitCode;
  } finally {
    await backend?.stop();
    interrupt.stopListening();
  }
}

const bundleOf = (name: ScenarioName): string => join(packageRoot, 'dist', `${name}.js`);

async function watch(
  session: Session,
  backend: EmbeddedBackend | null,
  baseUrl: string,
): Promise<MonitorProcess | null> {
  const { settings, folder, runId, clock, line } = session;
  if (backend === null && settings.findServer === null && settings.profile.process.by === 'none') {
    line.say('the profile has the server not watched: what depends on its processes will be inconclusive');
    return null;
  }
  const url = new URL(baseUrl);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const own = backend === null || settings.restartAfterMs !== null ? ['--port', port] : ['--pid', String(backend.pid)];
  const found = backend === null ? (settings.findServer ?? own) : own;
  const log = backend === null ? settings.serverLog : join(folder, journalFiles.backendLog);
  const monitor = await startMonitor(
    [
      ...found,
      ...probeOptions(settings.profile.monitoring),
      ...['--base-url', baseUrl, '--dir', folder, '--run-id', runId, '--duration', '0', '--report'],
      ...[
        '--clock',
        `${clock.pair.wallUs}:${clock.pair.monotonicUs}`,
        '--interval',
        String(settings.intervalMs / 1000),
      ],
      ...(log === null ? [] : ['--log', log]),
      ...['--thresholds', JSON.stringify(settings.profile.criteria)],
    ],
    environment.all,
    join(folder, journalFiles.server),
  );
  if (monitor === null) line.say('the server is not watched: what depends on its processes will be inconclusive');
  return monitor;
}

function probeOptions(monitoring: TargetProfile['monitoring']): readonly string[] {
  return (['health', 'redis', 'database'] as const).flatMap((name) => [`--${name}-path`, monitoring[name] ?? 'none']);
}

async function runScenarios(session: Session, backend: EmbeddedBackend | null, baseUrl: string): Promise<void> {
  const { settings, line, interrupt, folder } = session;
  const total = estimatedTotalSeconds(settings);
  line.say(`run ${session.runId}: ${settings.scenarios.join(', ')} against ${baseUrl}; about ${clockTime(total)} min`);
  line.say(`journal: ${folder}`);
  const startedMs = Date.now();
  for (const [n, name] of settings.scenarios.entries()) {
    if (interrupt.requested) return;
    if (backend !== null && !backend.isAlive()) {
      line.say(`the embedded backend is gone: ${name} and what follows are not started`);
      return;
    }
    await runScenario(session, backend, name, `${n + 1}/${settings.scenarios.length}`, baseUrl, () => {
      const elapsed = (Date.now() - startedMs) / 1000;
      return `${clockTime(elapsed)} of ${clockTime(Math.max(total, elapsed))}`;
    });
    if (n < settings.scenarios.length - 1) await interrupt.sleep(settings.cooldownMs);
  }
}

async function runScenario(
  session: Session,
  backend: EmbeddedBackend | null,
  name: ScenarioName,
  place: string,
  baseUrl: string,
  elapsed: () => string,
): Promise<void> {
  const { manifest, clock, line, interrupt, folder, k6, settings } = session;
  const before = manifest.manifest.scenarios;
  const window = { name, startedAtUs: clock.nowUs(), endedAtUs: null, k6ExitCode: null, k6Signal: null };
  manifest.change({ scenarios: [...before, window] });

  const runTag = newRunTag();
  const env = {
    ...environment.all,
    // As settled here, so that k6 judges answers by the same one.
    STRESS_PROFILE: JSON.stringify(settings.profile),
    STRESS_RUN_TAG: runTag,
    BASE_URL: baseUrl,
    ALLOW_HOST: settings.allowHosts.join(','),
  };
  const process = startK6(k6, name, { folder, runId: session.runId, clock: clock.pair }, env, environment.secrets);
  const progress = new ScenarioProgress(join(folder, journalFiles.timeline(name)), join(folder, journalFiles.server));
  line.say(`[${place}] ${name}: about ${Math.ceil(estimatedSeconds(settings, name))} s`);
  const restart = backend === null ? null : restartUnderLoad(session, backend, name);
  const timer = setInterval(() => line.show(`${elapsed()} min · [${place}] ${name} · ${progress.line()}`), 1000);
  const exit = await interrupt.during(
    process.exit,
    () => process.process.kill('SIGINT'),
    () => process.process.kill('SIGKILL'),
  );
  clearInterval(timer);
  await restart?.settled();

  await readBackByCommand(session, name, runTag);
  const ended = { ...window, endedAtUs: clock.nowUs(), k6ExitCode: exit.code, k6Signal: exit.signal };
  manifest.change({ scenarios: [...before, ended] });
  line.say(`[${place}] ${name}: ${progress.line()}`);
  if (exit.code !== 0 && exit.code !== thresholdsFailed && !interrupt.requested) {
    line.say(`[${place}] ${name}: k6 ended with ${exit.signal ?? exit.code ?? 'no exit code'}`);
    for (const error of process.errors) line.say(`    ${error}`);
  }
}

/** Where the profile says that a command tells what was processed; k6 itself asks a URL. */
async function readBackByCommand(session: Session, name: ScenarioName, runTag: string): Promise<void> {
  const { settings, interrupt, folder, runId, clock, line } = session;
  const { profile } = settings;
  if (profile.readback.kind !== 'command' || interrupt.requested) return;
  const startedAtUs = clock.nowUs();
  const env = { ...environment.all, STRESS_SCENARIO: name, STRESS_RUN_ID: runId, STRESS_RUN_TAG: runTag };
  const read = await readByCommand(profile.readback.command, env, profile, runTag, (ms) => interrupt.sleep(ms));
  if ('failed' in read) line.say(`${name}: the read-back command failed: ${read.failed}`);
  const header = { runId, scenario: name, startedAtUs, clock: clock.pair };
  writeEffects(join(folder, journalFiles.effects(name)), header, read);
}

function restartUnderLoad(
  { settings, manifest, clock, line }: Session,
  backend: EmbeddedBackend,
  name: ScenarioName,
): RestartUnderLoad | null {
  if (settings.restartAfterMs === null || name !== restartedScenario) return null;
  return new RestartUnderLoad(backend, settings.restartAfterMs, clock, (changes) => {
    manifest.change({ restart: { scenario: name, ...changes } });
    if (changes.endedAtUs === null) line.say('the backend got SIGTERM under load');
  });
}

/** k6's exit code where a threshold failed: the report judges the same by more evidence. */
const thresholdsFailed = 99;

/** Closes the journal and has the monitor make the report; makes it here where the monitor is gone. */
async function finish(
  session: Session,
  backend: EmbeddedBackend | null,
  monitor: MonitorProcess | null,
): Promise<Report> {
  const { manifest, clock, interrupt, line, folder, settings } = session;
  const serverCounts = (await backend?.counts()) ?? null;
  manifest.change({
    endedAtUs: clock.nowUs(),
    clockMovedUs: Date.now() * 1000 - clock.nowUs(),
    interrupted: interrupt.requested,
    serverCounts,
  });
  line.show('writing the report …');
  if (monitor !== null) {
    const exit = await monitor.stop();
    if (exit.code !== 0) line.say(`the monitor ended with ${exit.signal ?? exit.code ?? 'no exit code'}`);
  }
  line.say('');
  const reportFile = join(folder, 'report.json');
  return existsSync(reportFile) ? readReport(readFileSync(reportFile, 'utf8')) : reportRun(folder, settings.strict);
}

function clockTime(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
