import { addressOfHex, isLocalAddress } from './local-address.ts';
import { eachProcLine } from './proc-file.ts';
import { localPortOf, portsOf, remoteOf, socketInodes } from './sockets.ts';

const established = '01';

/** Ports of this machine that processes are connected to. Source: Linux, Documentation/networking/proc_net_tcp.rst. */
function connectedPorts(pids: readonly number[]): ReadonlySet<number> {
  const held = new Set(pids.flatMap((pid) => socketInodes(pid)));
  const ports = new Set<number>();
  for (const table of ['tcp', 'tcp6']) {
    eachProcLine(`/proc/self/net/${table}`, (line) => {
      const [, , , state, , , , , , inode = ''] = line.trim().split(/\s+/);
      const port = state === established && held.has(inode) ? localPortOf(remoteOf(line)) : null;
      if (port !== null) ports.add(port);
    });
  }
  return ports;
}

const timeWait = '06';

/** Connections that ended less than a minute ago, to or from where: nobody holds them, and either side may have closed first. */
export function closedConnections(): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, readonly number[]>();
  for (const table of ['tcp', 'tcp6']) {
    eachProcLine(`/proc/self/net/${table}`, (line) => {
      const [, local = '', remote = '', state] = line.trim().split(/\s+/);
      if (state !== timeWait) return;
      const [host = '', port = ''] = remote.split(':');
      const ports = [local.split(':')[1] ?? '', ...(isLocalAddress(addressOfHex(host)) ? [port] : [])];
      found.set(
        `${local} ${remote}`,
        ports.map((each) => Number.parseInt(each, 16)),
      );
    });
  }
  return found;
}

const unixListening = 0x10000;
const unixConnected = '03';

/** Whether somebody is connected to a Unix socket on which processes listen; the kernel's list does not say who. Source: proc(5). */
function isConnectedOverUnix(pids: readonly number[]): boolean {
  const held = new Set(pids.flatMap((pid) => socketInodes(pid)));
  const listening = new Set<string>();
  const connected = new Set<string>();
  eachProcLine('/proc/self/net/unix', (line) => {
    const [, , , flags = '', , state, inode = '', path] = line.split(/\s+/);
    if (path === undefined || path === '' || !held.has(inode)) return;
    if ((Number.parseInt(flags, 16) & unixListening) !== 0) listening.add(path);
    else if (state === unixConnected) connected.add(path);
  });
  return [...connected].some((path) => listening.has(path));
}

/** Whether connections lead from some processes to where others listen, as far as the kernel shows it now. */
export function arePeers(from: readonly number[], to: readonly number[]): boolean {
  const ports = connectedPorts(from);
  return portsOf(to).some((port) => ports.has(port)) || isConnectedOverUnix(to);
}
