import type { SocketCounts } from '../../contract/journal/journal.ts';
import { listProcFolder, readProcFile, readProcLink } from './proc-file.ts';

export interface TcpSocket {
  readonly port: number;
  readonly state: string;
  readonly inode: string;
}

const listening = '0A';

/** Parses /proc/net/tcp or tcp6. Source: Linux, Documentation/networking/proc_net_tcp.rst. */
export function parseTcpTable(text: string): readonly TcpSocket[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      const port = local?.split(':')[1];
      if (port === undefined || state === undefined || inode === undefined) return [];
      return [{ port: Number.parseInt(port, 16), state, inode }];
    });
}

function tcpSockets(pid: number | 'self'): readonly TcpSocket[] {
  return ['tcp', 'tcp6'].flatMap((table) => parseTcpTable(readProcFile(`/proc/${pid}/net/${table}`) ?? ''));
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
  return new Set(
    tcpSockets('self')
      .filter((socket) => socket.state === listening && socket.port === port)
      .map(({ inode }) => inode),
  );
}

/** Sockets of some processes by state, each socket once; null where /proc has no table of them. */
export function countSockets(pids: readonly number[]): SocketCounts | null {
  const [first] = pids;
  if (first === undefined) return null;
  const table = tcpSockets(first);
  const ours = new Set(pids.flatMap((pid) => [...socketInodes(pid)]));
  const counts = { established: 0, listen: 0, timeWait: 0, closeWait: 0, other: 0 };
  const ports = new Set(
    table.filter(({ state, inode }) => state === listening && ours.has(inode)).map(({ port }) => port),
  );
  for (const { state, inode, port } of table) {
    // A socket in TIME_WAIT belongs to no process any more: it is counted by the port that it was accepted on.
    if (state === '06') {
      if (ports.has(port)) counts.timeWait += 1;
    } else if (!ours.has(inode)) continue;
    else if (state === '01') counts.established += 1;
    else if (state === listening) counts.listen += 1;
    else if (state === '08') counts.closeWait += 1;
    else counts.other += 1;
  }
  return counts;
}
