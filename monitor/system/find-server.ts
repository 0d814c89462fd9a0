import { basename } from 'node:path';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { commandLine, listPids, readStat } from './proc-file.ts';
import { listenerInodes, socketInodes } from './sockets.ts';

export type ServerAddress =
  | { readonly by: 'pid'; readonly pid: number }
  | { readonly by: 'port'; readonly port: number }
  | { readonly by: 'process'; readonly name: string };

/** Of some processes, those whose parent is not among them. */
function topmost(pids: readonly number[]): readonly number[] {
  const all = new Set(pids);
  return pids.filter((pid) => {
    for (let at = readStat(pid)?.parentPid ?? 0; at > 1; at = readStat(at)?.parentPid ?? 0)
      if (all.has(at)) return false;
    return true;
  });
}

/**
 * The root of the process tree that serves on a port: workers inherit the listening socket, or are handed connections, so of
 * all that hold it the topmost counts. Null where nobody listens.
 */
export function rootOnPort(port: number): number | null {
  const inodes = listenerInodes(port);
  if (inodes.size === 0) return null;
  const holders = listPids().filter((pid) => socketInodes(pid).some((inode) => inodes.has(inode)));
  return topmost(holders)[0] ?? null;
}

function rootNamed(name: string): number {
  const matching = listPids().filter((pid) => {
    if (pid === process.pid || pid === process.ppid) return false;
    const [executable, script] = commandLine(pid);
    return [executable, script].some((word) => word !== undefined && basename(word) === name);
  });
  const roots = topmost(matching);
  const [root] = roots;
  if (root === undefined) throw new ExpectedError(`--process: no process is named "${name}"; give --pid or --port`);
  if (roots.length > 1) {
    throw new ExpectedError(
      `--process: "${name}" is the name of ${roots.length} processes (${roots.join(', ')}); give --pid`,
    );
  }
  return root;
}

/** Whether there is such a process, on any system. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The server's root process. Throws an ExpectedError that names the setting where it cannot be told. */
export function findServer(address: ServerAddress): number {
  switch (address.by) {
    case 'pid':
      if (!isThere(address.pid)) throw new ExpectedError(`--pid: there is no process ${address.pid}`);
      return address.pid;
    case 'port': {
      const root = rootOnPort(address.port);
      if (root === null) {
        throw new ExpectedError(
          `--port: no process that may be looked at listens on port ${address.port}; start the server, run as its user, or give --pid (needed where there is no /proc)`,
        );
      }
      return root;
    }
    case 'process':
      return rootNamed(address.name);
  }
}
