import { join } from 'node:path';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { isLocalAddress } from '../../monitor/system/local-address.ts';
import { settingsAgainstProfile } from '../settings-against-profile.ts';
import { KeptMonitor } from './kept-monitor.ts';
import { startMonitor } from './monitor-process.ts';
import type { Session } from './session.ts';

/** Starts the monitor on the server of this run. Null if nothing is to be watched, or the monitor has ended at once. */
export async function watchServer(session: Session): Promise<KeptMonitor | null> {
  const { line, interrupt } = session;
  for (const { problem, remedy } of settingsAgainstProfile(session.settings.profile, session.settings.environment)) {
    line.warn(`${problem}; ${remedy}.`);
  }
  const unwatched = whyUnwatched(session);
  if (unwatched !== null) line.say(unwatched);
  if (unwatched === null) {
    const monitor = await monitorOf(session, monitorOptions(session));
    if (monitor !== null || interrupt.requested) return monitor;
    line.warn('No process of the server is monitored: process-based criteria will be inconclusive.');
  }
  return isAsked(session) || isHere(session) ? monitorOf(session, storeOptions(session)) : null;
}

/** Whether the server shares the machine of the generator: a full one may be why it is slow. */
const isHere = ({ server, settings }: Session): boolean =>
  settings.kubernetes === null && server !== null && isLocalAddress(server.address);

/** Whether there is something to ask the server by URL, or a store of it. */
function isAsked(session: Session): boolean {
  const { redis, postgres } = session.settings.environment.monitor.stores;
  return redis !== null || postgres !== null || Object.values(urlsOf(session)).some((path) => path !== null);
}

/** Null if it has ended at once; it has said why. */
async function monitorOf(session: Session, given: readonly string[]): Promise<KeptMonitor | null> {
  const { folder, line, redact, env, interrupt, manifest } = session;
  const how = {
    env,
    journal: join(folder, journalFiles.monitor(localMonitor)),
    interrupt,
    say: (text: string) => line.say(redact(text)),
    warn: (text: string) => line.warn(redact(text)),
    noteUnwritable: (path: string, refusal: string) => manifest.noteUnwritable(path, refusal),
  };
  const monitor = await startMonitor({ ...how, options: given });
  if (!monitor.isAlive()) return null;
  return new KeptMonitor(monitor, () => startMonitor({ ...how, options: [...given, '--continue'] }), session);
}

/** Why no process of the server can be watched; null if some can. */
export function whyUnwatched({
  settings,
  server,
  backend,
}: Pick<Session, 'settings' | 'server'> & { readonly backend: object | null }): string | null {
  if (settings.kubernetes !== null) {
    return 'The server is loaded from a cluster: none of its processes is watched from here. Put a monitor beside it (docs/kubernetes.md).';
  }
  if (backend === null && settings.findServer === null && settings.profile.process.by === 'none') {
    return 'Process monitoring is off in the profile: process-based criteria will be inconclusive.';
  }
  return server !== null && settings.findServer?.isGiven !== true && !isLocalAddress(server.address)
    ? `The server is on another machine (${server.address}): none of its processes is watched, and process-based criteria will be inconclusive.`
    : null;
}

/** Its stores, its metrics page, its health check and its statistics are asked all the same, where it is known how. */
function storeOptions(session: Session): readonly string[] {
  const { settings } = session;
  return [
    '--stores-only',
    ...probeOptions(urlsOf(session)),
    ...(settings.kubernetes === null ? urlOptions(session) : []),
    ...runOptions(session),
    ...settings.serverLogs.flatMap((log) => ['--log', log]),
  ];
}

/** What a monitor of a run is told of the run. */
function runOptions({ settings, folder, runId, clock }: Session): readonly string[] {
  return [
    ...['--dir', folder, '--run-id', runId, '--duration', '0', '--quiet', '--json'],
    ...['--clock', `${clock.pair.wallUs}:${clock.pair.monotonicUs}`, '--interval', String(settings.intervalMs / 1000)],
    ...['--thresholds', JSON.stringify(settings.profile.criteria)],
  ];
}

function monitorOptions(session: Session): readonly string[] {
  const { settings, started, baseUrl, backend, folder } = session;
  const url = new URL(baseUrl);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const byPort = backend === null || settings.restartAfterMs !== null;
  const own = byPort ? ['--port', port] : ['--pid', String(backend.pid), '--started-pid', String(backend.pid)];
  const logs = [
    ...(backend === null ? settings.serverLogs : [join(folder, journalFiles.backendLog)]),
    ...(started === null ? [] : [started.logFile]),
  ];
  return [
    ...(backend === null ? (settings.findServer?.options ?? own) : own),
    ...(started === null ? [] : ['--started-pid', String(started.pid)]),
    ...probeOptions(settings.profile.monitoring),
    ...urlOptions(session),
    ...runOptions(session),
    ...logs.flatMap((log) => ['--log', log]),
  ];
}

const noUrls = { health: null, redis: null, database: null, metrics: null };

/** What is asked of the server by URL: nothing where pods alone may reach it. */
function urlsOf({
  settings: { kubernetes, profile },
}: Session): Pick<TargetProfile['monitoring'], keyof typeof noUrls> {
  return kubernetes === null ? profile.monitoring : noUrls;
}

/** Where the server is, and its metrics page. */
function urlOptions({ settings, server, baseUrl }: Session): readonly string[] {
  return [
    ...(server === null ? [] : ['--probe-address', server.address]),
    ...settings.allowHosts.flatMap((host) => ['--allow-host', host]),
    ...['--base-url', baseUrl, '--metrics', settings.profile.monitoring.metrics ?? 'none'],
  ];
}

function probeOptions(
  monitoring: Pick<TargetProfile['monitoring'], 'health' | 'redis' | 'database'>,
): readonly string[] {
  return (['health', 'redis', 'database'] as const).flatMap((name) => [`--${name}-path`, monitoring[name] ?? 'none']);
}
