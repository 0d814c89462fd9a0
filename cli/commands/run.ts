import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { journalFiles } from '../../contract/journal/paths.ts';
import type { ServerExec } from '../../contract/journal/server-exec.ts';
import { exitCodes } from '../../contract/report/criteria.ts';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { embeddedAtStart } from '../../contract/report/tested-target.ts';
import { checkBeforeLoad } from '../doctor/before-load.ts';
import { withholdSecrets } from '../environment.ts';
import { packageRoot } from '../package-root.ts';
import { ignoredNames } from '../processes/child-environment.ts';
import { leaveInterrupts } from '../run/early-interrupt.ts';
import { startEmbeddedBackend } from '../run/embedded-backend.ts';
import { finishRun } from '../run/finish.ts';
import { type CheckedServer, checkServer, urlSource } from '../run/host-check.ts';
import { inPipeline } from '../run/in-pipeline.ts';
import { Interrupt, Interrupted } from '../run/interrupt.ts';
import { findK6, type K6Binary, stockRemedy } from '../run/k6-binary.ts';
import type { KeptMonitor } from '../run/kept-monitor.ts';
import { withOwnPlans } from '../run/own-plan.ts';
import { ProgressLine } from '../run/progress.ts';
import { RemoteMonitors } from '../run/remote-monitors.ts';
import { runScenarios } from '../run/run-scenarios.ts';
import { openSession, type Session } from '../run/session.ts';
import { type RunSettings, runHelp, runSettings } from '../run/settings.ts';
import { StartedServer } from '../run/started-server.ts';
import { watchServer } from '../run/watch-server.ts';
import { asTyped } from '../typed-command.ts';

/**
 * The command `run`: backend, monitor, scenarios one after the other, report.
 * @returns the exit code of contract/report/criteria.ts. Throws ExpectedErrors before anything is sent, and only then.
 */
export const run = (args: readonly string[]): Promise<number> => inPipeline(args, runOnce);

async function runOnce(args: readonly string[]): Promise<number> {
  const settings = await runSettings(args);
  if (settings === null) {
    process.stdout.write(runHelp());
    return exitCodes.passed;
  }
  withholdSecrets();
  const { quiet, json } = settings;
  const line = new ProgressLine(process.stderr, { isQuiet: quiet, isLive: !json });
  const checked = await checkBeforeStart(settings, line);
  const interrupt = new Interrupt(() => line.warn('Interrupted: ending within 15 s; once more ends at once.'));
  interrupt.listen();
  leaveInterrupts();
  try {
    const session = openSession({ ...checked, line, interrupt });
    if (settings.baseUrl === null) line.say(embeddedAtStart(settings.embeddedByDefault, asTyped('init')));
    interrupt.tellSecond(() =>
      line.warn(`Ended at once, without a report. Make it with: ${asTyped('report', session.folder)}`),
    );
    return await carryOut(session);
  } finally {
    interrupt.stopListening();
  }
}

interface Checked {
  /** With the plans of own scenarios. */
  readonly settings: RunSettings;
  readonly k6: K6Binary;
  readonly server: CheckedServer | null;
  readonly remotes: RemoteMonitors;
}

/** Throws an ExpectedError for what would keep the run from starting. */
async function checkBeforeStart(settings: RunSettings, line: ProgressLine): Promise<Checked> {
  const own = new Set(settings.ownScenarios.map(({ name }) => name));
  for (const name of settings.scenarios) {
    if (!own.has(name) && !existsSync(join(packageRoot, 'dist', `${name}.js`))) {
      throw new ExpectedError(`dist/${name}.js is missing: run "make build" first`);
    }
  }
  for (const note of new Set(settings.ownScenarios.flatMap(({ notes }) => notes))) line.say(note);
  const { environment } = settings;
  const { baseUrl, allowHosts } = settings;
  // Pods resolve and ask by themselves: the server may have no address here.
  const isThere = baseUrl !== null && settings.exec === null && settings.kubernetes === null;
  const server = isThere ? await checkServer(baseUrl, allowHosts, environment.trust, urlSource(settings)) : null;
  if (server !== null && server.remark !== null) line.say(server.remark);
  const k6 = await findK6(environment.k6Binary, environment.all, (text) => line.say(text));
  if (k6.build === 'stock') {
    line.warn(
      `${k6.path} is a stock k6: without timeline and ledger most verdicts will be inconclusive; ${stockRemedy}`,
    );
  }
  const ignored = ignoredNames(environment.all);
  if (ignored.length > 0)
    line.say(`ignored from the environment, which no process of a run gets: ${ignored.join(', ')}`);
  const { trust, monitor } = environment;
  const access = { allowHosts, trust, token: monitor.serviceToken ?? '' };
  return {
    settings: await withOwnPlans(settings, k6),
    k6,
    server,
    remotes: await RemoteMonitors.find(settings.monitorUrls, access),
  };
}

/** Whatever happens once something was started ends in a report; a bug of ours is told with its stack, and exits 70. */
async function carryOut(opened: Session): Promise<number> {
  let session = opened;
  let monitor: KeptMonitor | null = null;
  let failure: number = exitCodes.passed;
  try {
    session = await withServer(opened);
    const quietAtMs = await checkBeforeLoad(session);
    await session.remotes.begin(session);
    monitor = await watchServer(session);
    if (monitor === null) session.remotes.standAlone(session);
    await session.interrupt.sleep(Math.max(0, quietAtMs - performance.now()));
    await runScenarios(session);
  } catch (error) {
    const { requested } = session.interrupt;
    if (error instanceof ExpectedError && !requested && session.manifest.manifest.scenarios.length === 0) {
      await session.backend?.stop();
      await session.started?.stop();
      // Nothing was sent: the name of the run is free again.
      rmSync(join(session.folder, journalFiles.manifest), { force: true });
      throw error;
    }
    // What an interrupt has cut short may fail in any way.
    if (requested && error instanceof ExpectedError) session.line.warn(session.redact(error.message));
    else if (!(error instanceof Interrupted)) {
      failure = exitCodes.internal;
      session.line.warn(session.redact(error instanceof Error ? (error.stack ?? error.message) : String(error)));
      session.line.warn('This is a bug of webhook-stress. The report says what was measured before it.');
    }
  }
  if (session.interrupt.requested && session.manifest.manifest.scenarios.length === 0) {
    session.line.warn(`Interrupted before any load was sent. The folder of the run is ${session.folder}`);
  }
  return finishRun(session, monitor, failure);
}

/** The session with the server that load goes to: the embedded backend is started here. */
async function withServer(session: Session): Promise<Session> {
  const { settings, folder, env, manifest, interrupt, baseUrl, clock, line, redact } = session;
  if (settings.exec !== null) {
    line.say(`starting the server of --exec, which may take ${settings.exec.startWithinMs / 1000} s`);
    const note = (exec: ServerExec): void => manifest.change({ exec });
    const launch = { ...settings.exec, baseUrl, clock, interrupt, redact, note, say: line.say.bind(line) };
    const { started, server } = await StartedServer.start(launch, settings);
    if (server.remark !== null) line.say(server.remark);
    return { ...session, started, server };
  }
  if (settings.baseUrl !== null) return session;
  const logFile = join(folder, journalFiles.backendLog);
  const onLogRefused = (refusal: string): void => manifest.noteUnwritable(logFile, refusal);
  const backend = await startEmbeddedBackend(settings, { env, logFile, interrupt, onLogRefused });
  manifest.change({ target: { ...manifest.manifest.target, baseUrl: backend.baseUrl } });
  return { ...session, backend, baseUrl: backend.baseUrl };
}
