import type { SocketCounts } from '../../contract/journal/journal.ts';
import { eachProcLine, listProcFolder, readProcLink } from './proc-file.ts';

export interface TcpSocket {
  readonly port: number;
  readonly state: string;
  readonly inode: string;
}

const listening = '0A';
const timeWait = '06';

/** A line of /proc/net/tcp or tcp6; null for its heading. Source: Linux, Documentation/networking/proc_net_tcp.rst. */
export function parseTcpLine(line: string): TcpSocket | null {
  const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
  const port = local?.split(':')[1];
  if (port === undefined || state === undefined || inode === undefined) return null;
  return { port: Number.parseInt(port, 16), state, inode };
}

/** All TCP sockets of a process's network; there may be hundreds of thousands under load. */
function eachTcpSocket(pid: number | 'self', onSocket: (socket: TcpSocket) => void): void {
  for (const table of ['tcp', 'tcp6']) {
    eachProcLine(`/proc/${pid}/net/${table}`, (line) => {
      const socket = parseTcpLine(line);
      if (socket !== null) onSocket(socket);
    });
  }
}

/** Inodes of the sockets that a process holds open. */
export function socketInodes(pid: number): readonly string[] {
  return (listProcFolder(`/proc/${pid}/fd`) ?? []).flatMap((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(readProcLink(`/proc/${pid}/fd/${fd}`) ?? '')?.[1];
    return inode === undefined ? [] : [inode];
  });
}

/** Inodes of the sockets that listen on a TCP port, over IPv4 or IPv6. */
export function listenerInodes(port: number): ReadonlySet<string> {
  const inodes = new Set<string>();
  eachTcpSocket('self', (socket) => {
    if (socket.state === listening && socket.port === port) inodes.add(socket.inode);
  });
  return inodes;
}

/** In /proc/net/unix: the flag __SO_ACCEPTCON, a socket that listens. Source: proc(5). */
const unixListening = 0x10000;

/** Inodes of everything that listens in a process's network: TCP and Unix sockets. */
export function allListenerInodes(pid: number): ReadonlySet<string> {
  const inodes = new Set<string>();
  eachTcpSocket(pid, ({ state, inode }) => {
    if (state === listening) inodes.add(inode);
  });
  eachProcLine(`/proc/${pid}/net/unix`, (line) => {
    const [, , , flags, , , inode] = line.split(/\s+/);
    if (inode !== undefined && (Number.parseInt(flags ?? '', 16) & unixListening) !== 0) inodes.add(inode);
  });
  return inodes;
}

/** Sockets of some processes by state, each socket once; null if there is no process to ask. */
export function countSockets(pids: readonly number[]): SocketCounts | null {
  const [first] = pids;
  if (first === undefined) return null;
  const ours = new Set(pids.flatMap((pid) => [...socketInodes(pid)]));
  const counts = { established: 0, listen: 0, timeWait: 0, closeWait: 0, other: 0 };
  const ports = new Set<number>();
  const timeWaitByPort = new Map<number, number>();
  eachTcpSocket(first, ({ state, inode, port }) => {
    // A socket in TIME_WAIT belongs to no process any more: it is counted by the port that it was accepted on.
    if (state === timeWait) {
      timeWaitByPort.set(port, (timeWaitByPort.get(port) ?? 0) + 1);
    } else if (!ours.has(inode)) return;
    else if (state === '01') counts.established += 1;
    else if (state === listening) {
      counts.listen += 1;
      ports.add(port);
    } else if (state === '08') counts.closeWait += 1;
    else counts.other += 1;
  });
  for (const port of ports) counts.timeWait += timeWaitByPort.get(port) ?? 0;
  return counts;
}
