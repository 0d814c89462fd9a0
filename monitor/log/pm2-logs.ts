import { commandLine, readProcFile, readStat } from '../system/proc-file.ts';

/** What PM2 tells an app of itself. Secrets stand beside it: nothing else is taken out. */
export interface Pm2App {
  readonly isCluster: boolean;
  readonly errorLog: string | null;
  readonly outputLog: string | null;
}

/** Whether it is PM2's daemon, by the title that it gives itself. Source: pm2, lib/Daemon.js. */
export const isPm2Daemon = (pid: number): boolean => /^PM2 v\S+: God Daemon/.test(commandLine(pid)[0] ?? '');

/**
 * The app that a process is by its environment: PM2 gives each setting to what it forks, and all of them as JSON to a worker of its
 * cluster. Null if PM2 did not start it. Source: pm2, lib/God/ForkMode.js and ClusterMode.js.
 */
export function pm2AppIn(environment: string): Pm2App | null {
  const values = new Map(
    environment.split('\0').flatMap((pair) => {
      const at = pair.indexOf('=');
      return at === -1 ? [] : [[pair.slice(0, at), pair.slice(at + 1)] as const];
    }),
  );
  const settings = recordIn(values.get('pm2_env') ?? '');
  const pathOf = (key: string): string | null => {
    const value = settings?.[key] ?? values.get(key);
    return typeof value === 'string' && value.startsWith('/') ? value : null;
  };
  const [errorLog, outputLog] = [pathOf('pm_err_log_path'), pathOf('pm_out_log_path')];
  return errorLog === null && outputLog === null ? null : { isCluster: settings !== null, errorLog, outputLog };
}

function recordIn(text: string): Readonly<Record<string, unknown>> | null {
  if (text === '') return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : null;
  } catch {
    return null;
  }
}

/** The daemon of PM2 above a process; null if there is none. */
export function pm2DaemonOf(pid: number): number | null {
  for (let at = pid; at > 1; at = readStat(at)?.parentPid ?? 0) if (isPm2Daemon(at)) return at;
  return null;
}

export function pm2AppOf(pid: number): Pm2App | null {
  return pm2AppIn(readProcFile(`/proc/${pid}/environ`) ?? '');
}
