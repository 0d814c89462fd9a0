import { treeOf } from '../system/port-holders.ts';
import { listProcFolder, readProcFile, readProcLink } from '../system/proc-file.ts';
import { fileAt } from './file-at.ts';
import { isWritten, readersOfOutputs } from './piped-outputs.ts';
import { isPm2Daemon, pm2AppOf, pm2DaemonOf } from './pm2-logs.ts';

const maxLogs = 8;
/** An app of PM2 has two for each of its processes. */
const maxLogsOfPm2 = 32;
/** Of open(2): written to only, and at the end, as logs are. */
const writeOnly = 0o1;
const append = 0o2000;

function isLogOf(pid: number, fd: string): boolean {
  if (fd === '1' || fd === '2') return true;
  const flags = Number.parseInt(
    /^flags:\s+(\d+)$/m.exec(readProcFile(`/proc/${pid}/fdinfo/${fd}`) ?? '')?.[1] ?? '',
    8,
  );
  return (flags & append) !== 0 && (flags & writeOnly) !== 0;
}

/** A file that a process has open: its path among the process's own mounts, as in a container, and where it is found from here. */
interface OpenLog {
  readonly path: string;
  readonly place: string;
}

/** Null if it is no log, or found nowhere: another file may have its path here. */
function openLog(pid: number, fd: string, isOf: typeof isLogOf): OpenLog | null {
  const link = `/proc/${pid}/fd/${fd}`;
  const path = readProcLink(link);
  const file = path?.startsWith('/') === true && isOf(pid, fd) ? fileAt(link) : null;
  if (path === null || file === null) return null;
  const place = [path, `/proc/${pid}/root${path}`].find((each) => fileAt(each) === file);
  return place === undefined ? null : { path, place };
}

/** The files that processes log into: where their outputs go, and what they only append to. */
function appendedBy(pids: readonly number[], isOf: typeof isLogOf = isLogOf): readonly OpenLog[] {
  return pids.flatMap((pid) => (listProcFolder(`/proc/${pid}/fd`) ?? []).flatMap((fd) => openLog(pid, fd, isOf) ?? []));
}

/**
 * The logs of PM2's apps among what is watched: in fork mode the daemon has them open, in a cluster the workers. Where the daemon is
 * the root, it takes connections for its clusters alone: an app that it forked is another server.
 */
function logsOfPm2(roots: readonly number[]): readonly string[] {
  const errorLogs = new Set<string>();
  const outputLogs = new Set<string>();
  for (const root of roots) {
    const daemon = pm2DaemonOf(root);
    if (daemon === null) continue;
    for (const pid of treeOf(root)) {
      const app = pid === daemon ? null : pm2AppOf(pid);
      if (app === null || (root === daemon && !app.isCluster)) continue;
      for (const { path, place } of appendedBy([daemon, pid])) {
        if (path === app.errorLog) errorLogs.add(place);
        if (path === app.outputLog) outputLogs.add(place);
      }
    }
  }
  return [...new Set([...errorLogs, ...outputLogs])];
}

/** The files that what is watched logs into: its roots, who writes down their outputs, and the apps of PM2. */
export function logsOf(roots: readonly number[]): readonly string[] {
  const isOutput = (_: number, fd: string): boolean => fd === '1' || fd === '2';
  const daemons = roots.filter(isPm2Daemon);
  // What PM2's daemon appends to are the logs of all its apps, also of those that are not watched.
  const others = roots.filter((pid) => !daemons.includes(pid));
  const open = [
    ...appendedBy(others),
    ...appendedBy(daemons, isOutput),
    ...appendedBy(readersOfOutputs(others), isWritten),
  ];
  const own = [...new Set(open.map(({ place }) => place))];
  return [...new Set([...own.slice(0, maxLogs), ...logsOfPm2(roots).slice(0, maxLogsOfPm2)])];
}
