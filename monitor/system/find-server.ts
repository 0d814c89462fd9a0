import { basename } from 'node:path';
import { ExpectedError } from '../../contract/report/expected-error.ts';
import { labelOf } from './label.ts';
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

/** Programs that take connections for a server behind them. None of them is the application. */
const forwarders = new Set([
  ...['docker-proxy', 'rootlessport', 'rootlesskit', 'slirp4netns', 'pasta', 'pasta.avx2', 'kubectl'],
  ...['nginx', 'haproxy', 'envoy', 'traefik', 'caddy', 'varnishd', 'socat', 'ssh', 'sshd'],
]);

/** Pid 1 of a machine holds the sockets that it activates services with; in a container it may be given by --pid. */
const isForwarder = (pid: number): boolean => pid === 1 || forwarders.has(readStat(pid)?.name ?? '');

/** Whoever holds the socket that listens on a port: workers inherit it, or are handed connections. */
function holdersOf(port: number): readonly number[] {
  const inodes = listenerInodes(port);
  if (inodes.size === 0) return [];
  return listPids().filter((pid) => socketInodes(pid).some((inode) => inodes.has(inode)));
}

/**
 * The root of the process tree that serves on a port: the topmost holder of the listening socket that is no forwarder. Null if
 * there is none.
 */
export function rootOnPort(port: number): number | null {
  return topmost(holdersOf(port).filter((pid) => !isForwarder(pid)))[0] ?? null;
}

/** Throws an ExpectedError that says why no server was found on the port, and what to do. */
function noServerOn(port: number): never {
  const [forwarder] = topmost(holdersOf(port));
  if (forwarder === undefined) {
    throw new ExpectedError(
      `--port: cannot find the process that listens on port ${port}. Is the server running? If it runs as another user, use sudo; without /proc (macOS), give --pid`,
    );
  }
  throw new ExpectedError(
    `--port: port ${port} belongs to ${readStat(forwarder)?.name ?? 'process'} (pid ${forwarder}), which only passes connections on: give the server itself by --pid or --process`,
  );
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

/** Works on any system. */
function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The server's root process. Throws an ExpectedError that names the setting if it cannot be found. */
export function findServer(address: ServerAddress): number {
  switch (address.by) {
    case 'pid':
      if (!exists(address.pid)) throw new ExpectedError(`--pid: process ${address.pid} does not exist`);
      return address.pid;
    case 'port':
      return rootOnPort(address.port) ?? noServerOn(address.port);
    case 'process':
      return rootNamed(address.name);
  }
}

/** How a person knows the process: executable and script, without arguments, which may hold secrets. */
export function labelOfProcess(pid: number): string {
  return labelOf(readStat(pid)?.name ?? `process ${pid}`, commandLine(pid));
}
