import { isForwarder } from './forwarders.ts';
import { listeningAddressFor } from './local-address.ts';
import { listPids, readStat } from './proc-file.ts';
import { runsProgramOf } from './same-program.ts';
import { allListenerInodes, type ListeningSocket, listenersOn, listenersOnPath, socketInodes } from './sockets.ts';
import type { Standing } from './took-over.ts';

const parentOf = (pid: number): number => readStat(pid)?.parentPid ?? 0;

/** Of some processes, those that have none of the others above them. */
export function topmost(pids: readonly number[]): readonly number[] {
  const all = new Set(pids);
  return pids.filter((pid) => {
    for (let at = parentOf(pid); at > 0; at = parentOf(at)) if (all.has(at)) return false;
    return true;
  });
}

/** Whether a process is the root of a tree, or in it. */
export function isBelow(pid: number, root: number): boolean {
  for (let at = pid; at > 0; at = parentOf(at)) if (at === root) return true;
  return false;
}

export interface Listener extends ListeningSocket {
  /** Whether connections to the address that was asked for come in here. */
  readonly isReached: boolean;
  /** Whoever holds it: workers inherit it, or are handed connections. None where we may not look. */
  readonly holders: readonly number[];
}

/** What listens on a port. @param ip the address that connections go to; null: any. */
export function socketsOn(port: number, ip: string | null): readonly (ListeningSocket & { isReached: boolean })[] {
  const sockets = listenersOn(port);
  const taking = ip === null ? null : listeningAddressFor(ip, new Set(sockets.map(({ address }) => address)));
  return sockets.map((socket) => ({ ...socket, isReached: ip === null || socket.address === taking }));
}

/** Who holds sockets, by their inodes: it looks at the open files of every process. */
function holdersOf(inodes: readonly string[]): readonly (readonly number[])[] {
  const holders = new Map<string, number[]>(inodes.map((inode) => [inode, []]));
  if (inodes.length > 0) {
    for (const pid of listPids()) for (const inode of new Set(socketInodes(pid))) holders.get(inode)?.push(pid);
  }
  return inodes.map((inode) => holders.get(inode) ?? []);
}

/** The same with their holders. */
export function listenersWithHolders(port: number, ip: string | null): readonly Listener[] {
  const sockets = socketsOn(port, ip);
  const holders = holdersOf(sockets.map(({ inode }) => inode));
  return sockets.map((socket, n) => ({ ...socket, holders: holders[n] ?? [] }));
}

/** Who listens on a Unix socket, a list for each socket of this path. */
export const holdersOfPath = (path: string): readonly (readonly number[])[] => holdersOf(listenersOnPath(path));

/**
 * Workers that open sockets of their own (gunicorn --reuse-port, Granian, prefork servers of Go) have a master that runs the same program
 * and listens nowhere.
 */
function masterOf(pid: number, servers: readonly number[]): number {
  const parent = parentOf(pid);
  const hasSiblings = servers.filter((other) => parentOf(other) === parent).length > 1;
  return parent > 0 && runsProgramOf(pid, parent, hasSiblings) ? masterOf(parent, []) : pid;
}

/**
 * The roots of the process trees that serve: of each socket the topmost holder that is no forwarder. Of several that share a socket
 * the one that took over from a root counts, else the oldest: a job that outlived its parent holds what it inherited.
 * @param standingOf what processes were beside a root that ended.
 */
export function rootsOf(
  listeners: readonly Listener[],
  standingOf: (pid: number) => Standing = () => 'other',
): readonly number[] {
  const servers = listeners.flatMap(({ holders }) => {
    // What a helper started is no root either.
    const candidates = topmost(holders.filter((pid) => !isForwarder(pid)))
      .map((pid) => ({ pid, standing: standingOf(pid), startTicks: readStat(pid)?.startTicks ?? 0 }))
      .filter(({ standing }) => standing !== 'helper')
      .toSorted((a, b) => a.startTicks - b.startTicks);
    const root = candidates.find(({ standing }) => standing === 'successor') ?? candidates[0];
    return root === undefined ? [] : [root.pid];
  });
  const distinct = [...new Set(servers)];
  return topmost([...new Set(distinct.map((pid) => masterOf(pid, distinct)))]);
}

/** The processes of a tree, from its root down. */
export const treeOf = (root: number): readonly number[] => listPids().filter((pid) => isBelow(pid, root));

/** Those of the roots that listen themselves, or start something that does. */
export function listening(roots: readonly number[]): readonly number[] {
  return roots.filter((root) => {
    const tree = treeOf(root);
    const inodes = allListenerInodes(tree);
    return tree.some((pid) => socketInodes(pid).some((inode) => inodes.has(inode)));
  });
}
