import type { SocketCounts } from '../../contract/journal/journal.ts';
import { addressOfHex, isLocalAddress } from './local-address.ts';
import { eachProcLine, listProcFolder, readProcFile, readProcLink, readStat } from './proc-file.ts';

export interface TcpSocket {
  /** Local address as the table spells it. */
  readonly hex: string;
  readonly port: number;
  readonly state: string;
  /** Whether bytes, or the client's close, wait to be read. Of one that listens: whether connections wait to be accepted. */
  readonly isUnread: boolean;
  readonly inode: string;
}

const listening = '0A';
const established = '01';
const timeWait = '06';
const closeWait = '08';

/** A line of /proc/net/tcp or tcp6; null for its heading. Source: Linux, Documentation/networking/proc_net_tcp.rst. */
export function parseTcpLine(line: string): TcpSocket | null {
  // By places, not by a pattern: under load there are tens of thousands of them.
  const local = line.indexOf(': ') + 2;
  const port = line.indexOf(':', local) + 1;
  const remote = line.indexOf(' ', port) + 1;
  const state = line.indexOf(' ', remote) + 1;
  if (local === 1 || port === 0 || remote === 0 || state === 0) return null;
  // Behind the state come queues, timer and retransmissions, each of a fixed width, then user and timeout.
  const inode = behindBlanks(line, behindBlanks(line, behindBlanks(line, state + fixedWidth)));
  return {
    hex: line.slice(local, port - 1),
    port: Number.parseInt(line.slice(port, remote - 1), 16),
    state: line.slice(state, state + 2),
    isUnread: !line.startsWith('00000000', state + readQueue),
    inode: line.slice(inode, line.indexOf(' ', inode)),
  };
}

/** Of `0A 00000000:00000000 00:00000000 00000000`. */
const fixedWidth = 41;
/** Of these the second queue. */
const readQueue = 12;

/** Where the next word begins, from within a word or at its end. */
function behindBlanks(line: string, from: number): number {
  let at = line.indexOf(' ', from);
  while (at !== -1 && line.charCodeAt(at) === 32) at += 1;
  return at === -1 ? line.length : at;
}

/** The other end of the connection on such a line, as the table spells it. */
export const remoteOf = (line: string): string => line.trim().split(/\s+/, 3)[2] ?? '';

/** Its port if it is on this machine, else null. */
export function localPortOf(remote: string): number | null {
  const [hex = '', port = ''] = remote.split(':');
  return isLocalAddress(addressOfHex(hex)) ? Number.parseInt(port, 16) : null;
}

/** All TCP sockets of a process's network; there may be hundreds of thousands under load. */
function eachTcpSocket(pid: number | 'self', onSocket: (socket: TcpSocket, line: string) => void): void {
  // The kernel looks through all sockets for either table.
  const isWithout6 = /^TCP6: inuse 0$/m.test(readProcFile(`/proc/${pid}/net/sockstat6`) ?? '');
  for (const table of isWithout6 ? ['tcp'] : ['tcp', 'tcp6']) {
    eachProcLine(`/proc/${pid}/net/${table}`, (line) => {
      const socket = parseTcpLine(line);
      if (socket !== null) onSocket(socket, line);
    });
  }
}

/** Inodes of the sockets that a process holds open. */
export const socketInodes = (pid: number): readonly string[] => seenSocketInodes(pid) ?? [];

/** Null if its descriptors may not be seen. */
function seenSocketInodes(pid: number): readonly string[] | null {
  const fds = listProcFolder(`/proc/${pid}/fd`);
  if (fds === null) return null;
  return fds.flatMap((fd) => {
    const inode = /^socket:\[(\d+)\]$/.exec(readProcLink(`/proc/${pid}/fd/${fd}`) ?? '')?.[1];
    return inode === undefined ? [] : [inode];
  });
}

export interface ListeningSocket {
  readonly address: string;
  readonly inode: string;
}

/** The sockets that listen on a TCP port, over IPv4 or IPv6. */
export function listenersOn(port: number): readonly ListeningSocket[] {
  const found: ListeningSocket[] = [];
  eachTcpSocket('self', (socket) => {
    if (socket.state !== listening || socket.port !== port) return;
    found.push({ address: addressOfHex(socket.hex), inode: socket.inode });
  });
  return found;
}

/** The TCP ports that processes listen on, in order. */
export function portsOf(pids: readonly number[]): readonly number[] {
  const held = new Set(pids.flatMap((pid) => socketInodes(pid)));
  const ports = new Set<number>();
  eachTcpSocket('self', ({ state, port, inode }) => {
    if (state === listening && held.has(inode)) ports.add(port);
  });
  return [...ports].sort((a, b) => a - b);
}

/** In /proc/net/unix: the flag __SO_ACCEPTCON, a socket that listens. Source: proc(5). */
const unixListening = 0x10000;
const unixConnected = '03';
/** Of the server's end: nobody has accepted it yet. */
const unixConnecting = '02';

interface UnixSocket {
  readonly isListening: boolean;
  readonly isConnected: boolean;
  readonly isConnecting: boolean;
  readonly inode: string;
  /** Of an accepted connection it is the path that it was accepted on. */
  readonly path: string;
}

function eachUnixSocket(pid: number | 'self', onSocket: (socket: UnixSocket) => void): void {
  eachProcLine(`/proc/${pid}/net/unix`, (line) => {
    const [, , , flags, , state, inode, path = ''] = line.split(/\s+/);
    if (inode === undefined) return;
    const isListening = (Number.parseInt(flags ?? '', 16) & unixListening) !== 0;
    const [isConnected, isConnecting] = [state === unixConnected, state === unixConnecting];
    onSocket({ isListening, isConnected, isConnecting, inode, path });
  });
}

/** Of some processes one in each network: containers have networks of their own, and a table of sockets is that of one. */
function onePerNetwork(pids: readonly number[]): readonly number[] {
  const found = new Map<string | null, number>();
  for (const pid of pids) {
    const network = readProcLink(`/proc/${pid}/ns/net`);
    if (!found.has(network)) found.set(network, pid);
  }
  return [...found.values()];
}

/** Inodes of everything that listens in the networks of processes: TCP and Unix sockets. */
export function allListenerInodes(pids: readonly number[]): ReadonlySet<string> {
  const inodes = new Set<string>();
  for (const pid of onePerNetwork(pids)) {
    eachTcpSocket(pid, ({ state, inode }) => {
      if (state === listening) inodes.add(inode);
    });
    eachUnixSocket(pid, ({ isListening, inode }) => {
      if (isListening) inodes.add(inode);
    });
  }
  return inodes;
}

/** Inodes of the Unix sockets that listen on a path. */
export function listenersOnPath(path: string): readonly string[] {
  const inodes: string[] = [];
  eachUnixSocket('self', (socket) => {
    if (socket.isListening && socket.path === path) inodes.push(socket.inode);
  });
  return inodes;
}

/** By pid it tells only of processes whose descriptors may be seen: of others nobody knows what they hold. */
export interface SocketLook {
  /** Null if nothing may be seen of any. */
  readonly counts: SocketCounts | null;
  /** By pid, the connections that came in through a socket on which some of the processes listen. */
  readonly accepted: ReadonlyMap<number, ReadonlySet<string>>;
  /** By pid, how many of these the clients have not closed. */
  readonly open: ReadonlyMap<number, number>;
  /** Inodes of TCP sockets in which something waits to be read. */
  readonly unread: ReadonlySet<string>;
  /** Ports of this machine that some of the processes are connected to. */
  readonly towards: ReadonlySet<number>;
  /** Paths of Unix sockets of others that have connections, or are about to. */
  readonly elsewhere: ReadonlySet<string>;
  /** Inodes of Unix sockets over which processes are connected to somebody, and did not accept that; null if not all may be seen. */
  readonly outgoing: ReadonlySet<string> | null;
  /** By pid, what sockets it holds. */
  readonly holds: ReadonlyMap<number, HeldSockets>;
}

/** `listening`: one on which it can be reached, its own or inherited. `other`: any, such as one over which its parent talks to it. */
export type HeldSockets = 'none' | 'other' | 'listening';

/** What a look at networks finds of the sockets that are ours. */
class Found {
  readonly counts = { established: 0, listen: 0, timeWait: 0, closeWait: 0, other: 0 };
  /** Inodes of connections that came in through a socket that is ours. */
  readonly incoming = new Set<string>();
  readonly closedByClient = new Set<string>();
  readonly unread = new Set<string>();
  readonly listeners = new Set<string>();
  /** Ports of this machine that ours are connected to. */
  readonly towards = new Set<number>();
  /** Paths of Unix sockets of others that somebody is connected to. */
  readonly elsewhere = new Set<string>();
  readonly outgoing = new Set<string>();
}

/** Looks at the sockets in the network of one process. A port or path is told from the same one in another network. */
function lookAtNetwork(pid: number, ours: ReadonlySet<string>, found: Found): void {
  const { counts, closedByClient, unread } = found;
  const connections: { readonly inode: string; readonly on: number | string; readonly line?: string }[] = [];
  const listeningOn = new Set<number | string>();
  const listenOn = (on: number | string, inode: string): void => {
    listeningOn.add(on);
    found.listeners.add(inode);
  };
  const timeWaitByPort = new Map<number, number>();
  eachTcpSocket(pid, ({ state, inode, port, isUnread }, line) => {
    // A socket in TIME_WAIT belongs to no process any more: it is counted by the port that it was accepted on.
    if (state === timeWait) {
      timeWaitByPort.set(port, (timeWaitByPort.get(port) ?? 0) + 1);
      return;
    }
    if (!ours.has(inode)) return;
    if (state === established || state === closeWait) connections.push({ inode, on: port, line });
    if (state === closeWait) closedByClient.add(inode);
    if (isUnread) unread.add(inode);
    if (state === listening) listenOn(port, inode);
    if (state === established) counts.established += 1;
    else if (state === listening) counts.listen += 1;
    else if (state === closeWait) counts.closeWait += 1;
    else counts.other += 1;
  });
  for (const on of listeningOn) if (typeof on === 'number') counts.timeWait += timeWaitByPort.get(on) ?? 0;
  eachUnixSocket(pid, ({ isListening, isConnected, isConnecting, inode, path }) => {
    const isOurs = ours.has(inode);
    if (isOurs && isListening) listenOn(path, inode);
    else if (isOurs && isConnected) connections.push({ inode, on: path });
    else if (!isOurs && path !== '' && (isConnected || isConnecting)) found.elsewhere.add(path);
  });
  const remotes = new Set<string>();
  for (const { inode, on, line } of connections) {
    if (listeningOn.has(on)) found.incoming.add(inode);
    else if (line !== undefined) remotes.add(remoteOf(line));
    else found.outgoing.add(inode);
  }
  for (const remote of remotes) {
    const port = localPortOf(remote);
    if (port !== null) found.towards.add(port);
  }
  for (const path of listeningOn) if (typeof path === 'string') found.elsewhere.delete(path);
}

/** Sockets of some processes by state, each socket once; null if there is no process to ask. */
export function lookAtSockets(pids: readonly number[]): SocketLook | null {
  if (pids.length === 0) return null;
  const held = new Map<number, readonly string[]>();
  for (const pid of pids) {
    const inodes = seenSocketInodes(pid);
    if (inodes !== null) held.set(pid, inodes);
  }
  const ours = new Set([...held.values()].flat());
  const found = new Found();
  for (const pid of onePerNetwork([...held.keys()])) lookAtNetwork(pid, ours, found);
  const accepted = new Map(
    [...held].map(([pid, inodes]) => [pid, new Set(inodes.filter((inode) => found.incoming.has(inode)))]),
  );
  const open = new Map(
    [...accepted].map(([pid, inodes]) => [pid, [...inodes].filter((inode) => !found.closedByClient.has(inode)).length]),
  );
  const { unread, towards, elsewhere, listeners } = found;
  const outgoing = pids.some((pid) => !held.has(pid) && readStat(pid) !== null) ? null : found.outgoing;
  const counts = held.size === 0 ? null : found.counts;
  return { counts, accepted, open, unread, towards, elsewhere, outgoing, holds: holdsOf(held, listeners) };
}

function holdsOf(
  held: ReadonlyMap<number, readonly string[]>,
  listeners: ReadonlySet<string>,
): ReadonlyMap<number, HeldSockets> {
  const holds = new Map<number, HeldSockets>();
  for (const [pid, inodes] of held) {
    const listens = inodes.some((inode) => listeners.has(inode));
    holds.set(pid, listens ? 'listening' : inodes.length > 0 ? 'other' : 'none');
  }
  return holds;
}
