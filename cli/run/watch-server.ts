import { join } from 'node:path';
import { journalFiles, localMonitor } from '../../contract/journal/paths.ts';
import { refusedSinkIn } from '../../contract/journal/unwritable-file.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { isLocalAddress } from '../../monitor/system/local-address.ts';
import type { Child } from '../processes/child.ts';
import { startMonitor } from './monitor-process.ts';
import type { Session } from './session.ts';

/** Starts the monitor on the server of this run. Null if nothing is to be watched, or the monitor has ended at once. */
export async function watchServer(session: Session): Promise<Child | null> {
  const { settings, server, folder, backend, line, redact, env, interrupt, manifest } = session;
  if (backend === null && settings.findServer === null && settings.profile.process.by === 'none') {
    line.say('Process monitoring is off in the profile: process-based criteria will be inconclusive.');
    return null;
  }
  if (server !== null && settings.findServer?.isGiven !== true && !isLocalAddress(server.address)) {
    line.say(
      `The server is on another machine (${server.address}): none of its processes is watched, and process-based criteria will be inconclusive.`,
    );
    return null;
  }
  const monitor = await startMonitor({
    options: monitorOptions(session),
    env,
    journal: join(folder, journalFiles.monitor(localMonitor)),
    interrupt,
    onLine: (text) => {
      line.say(redact(text));
      const refused = refusedSinkIn(text);
      if (refused !== null) manifest.noteUnwritable(refused.path, refused.refusal);
    },
  });
  if (monitor.isAlive()) return monitor;
  line.say('The server is not monitored: process-based criteria will be inconclusive.');
  return null;
}

function monitorOptions(session: Session): readonly string[] {
  const { settings, server, started, baseUrl, backend, folder, runId, clock } = session;
  const url = new URL(baseUrl);
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const byPort = backend === null || settings.restartAfterMs !== null;
  const own = byPort ? ['--port', port] : ['--pid', String(backend.pid)];
  const logs = [
    ...(backend === null ? settings.serverLogs : [join(folder, journalFiles.backendLog)]),
    ...(started === null ? [] : [started.logFile]),
  ];
  return [
    ...(backend === null ? (settings.findServer?.options ?? own) : own),
    ...probeOptions(settings.profile.monitoring),
    ...(server === null ? [] : ['--probe-address', server.address]),
    ...settings.allowHosts.flatMap((host) => ['--allow-host', host]),
    ...['--base-url', baseUrl, '--dir', folder, '--run-id', runId, '--duration', '0', '--quiet'],
    ...['--clock', `${clock.pair.wallUs}:${clock.pair.monotonicUs}`, '--interval', String(settings.intervalMs / 1000)],
    ...logs.flatMap((log) => ['--log', log]),
    ...['--thresholds', JSON.stringify(settings.profile.criteria)],
  ];
}

function probeOptions(monitoring: TargetProfile['monitoring']): readonly string[] {
  return (['health', 'redis', 'database'] as const).flatMap((name) => [`--${name}-path`, monitoring[name] ?? 'none']);
}
