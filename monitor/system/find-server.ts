import { ExpectedError } from '../../contract/report/expected-error.ts';
import { processesOfContainer, processesOfUnit } from './cgroup-members.ts';
import { type ChildEnvironment, containerId } from './container-id.ts';
import { isForwarder, isInit, runsForwarder } from './forwarders.ts';
import { namedProcess } from './label-of-process.ts';
import { isBelow, type Listener, listenersWithHolders, listening, rootsOf, topmost } from './port-holders.ts';
import { listPids, readProcFile, readStat } from './proc-file.ts';
import { type Entry, rootsOfName, whoServes } from './same-name.ts';
import { allListenerInodes, socketInodes } from './sockets.ts';
import type { Standing } from './took-over.ts';

export interface PortAddress {
  readonly by: 'port';
  readonly port: number;
  /** The address that load goes to; null: whatever listens on the port. */
  readonly ip: string | null;
  /** What the run itself started to be the server (--exec); left out if it was there before. */
  readonly startedPid?: number;
}

export type ServerAddress =
  | {
      readonly by: 'pid';
      readonly pids: readonly number[];
      /** What the run itself started to be the server: the process, where that is the embedded backend. */
      readonly startedPid?: number;
    }
  | PortAddress
  | {
      readonly by: 'process';
      readonly name: string;
      /** Where load goes on this machine; left out if that is not known, or elsewhere. */
      readonly entry?: Entry;
    }
  | { readonly by: 'unit'; readonly name: string }
  | {
      readonly by: 'container';
      readonly name: string;
      /** All that docker, podman and nerdctl get, which are asked for its id. */
      readonly environment: ChildEnvironment;
    };

type CgroupAddress = Extract<ServerAddress, { by: 'unit' | 'container' }>;

export interface FoundServer {
  /** The topmost processes of what serves, at least one. */
  readonly roots: readonly number[];
  /** What is watched, what gets load and is not, and what listens beside it and gets none, in words. */
  readonly watched: readonly string[];
  readonly unwatched: readonly string[];
  readonly aside: readonly Aside[];
}

/** What listens beside the server, and is not watched. */
export interface Aside {
  readonly text: string;
  /** Whether it is left out only because nothing is seen to lead there now. */
  readonly isUnconnected: boolean;
}

/** No server was found where a setting says that it is. */
export class UnfoundServer extends ExpectedError {
  readonly why: string;

  constructor(setting: string, why: string) {
    super(`${setting}: ${why}`);
    this.why = why;
  }
}

const hostPort = (address: string, port: number): string =>
  address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

/** The roots of what serves on a port now; none if nobody does, or only forwarders. */
export function rootsOnPort(
  { port, ip }: Pick<PortAddress, 'port' | 'ip'>,
  standingOf?: (pid: number) => Standing,
): readonly number[] {
  return rootsOf(
    listenersWithHolders(port, ip).filter(({ isReached }) => isReached),
    standingOf,
  );
}

/**
 * The roots of a server that was started again, as its address names them; none if nobody listens there yet: what prepares its start is no
 * server. A process id names nobody else once its process has ended.
 * @param idOfContainer the id of the container that the address names, as far as is known.
 */
export function rootsAt(
  address: ServerAddress,
  standingOf: (pid: number) => Standing,
  idOfContainer: () => string | null,
): readonly number[] {
  switch (address.by) {
    case 'pid':
      return [];
    case 'port':
      return rootsOnPort(address, standingOf);
    case 'process':
      return listening(rootsOfName(address.name));
    case 'unit':
      return listening(topmost(processesOfUnit(address.name)));
    case 'container': {
      const id = idOfContainer();
      return id === null ? [] : listening(topmost(processesOfContainer(id)));
    }
  }
}

/** The topmost holders of a socket. What started the machine is above all others, and tells nothing beside them. */
function topHolders(holders: readonly number[]): readonly number[] {
  const others = holders.filter((pid) => !isInit(pid));
  return topmost(others.length > 0 ? others : holders);
}

/** Throws an UnfoundServer that says why no server was found on the port, and what to do. */
function noServerOn({ port, startedPid }: PortAddress, listeners: readonly Listener[]): never {
  const reached = listeners.filter(({ isReached }) => isReached);
  const [forwarder] = topHolders(reached.flatMap(({ holders }) => holders));
  if (forwarder !== undefined && startedPid !== undefined) {
    throw new UnfoundServer(
      '--exec',
      `port ${port} belongs to ${readStat(forwarder)?.name ?? 'process'} (pid ${forwarder}), which only passes connections on, and no server behind it is among what the command started: let the command keep the server in the foreground (php-fpm -F), or name it by --process, --unit or --container`,
    );
  }
  if (forwarder !== undefined) {
    throw new UnfoundServer(
      '--port',
      `port ${port} belongs to ${readStat(forwarder)?.name ?? 'process'} (pid ${forwarder}), which only passes connections on: give the server itself by --pid, --process, --unit or --container`,
    );
  }
  const hint =
    reached.length > 0
      ? 'Something listens there, and we may not see which process: use sudo, or give the server by --pid'
      : 'Is the server running? In a container, give it by --container or --pid; without /proc (macOS), give --pid';
  throw new UnfoundServer('--port', `cannot find the process that listens on port ${port}. ${hint}`);
}

function onPort(address: PortAddress): FoundServer {
  const { port, ip } = address;
  const listeners = listenersWithHolders(port, ip);
  const reached = listeners.filter(({ isReached }) => isReached);
  const roots = rootsOf(reached);
  if (roots.length === 0) return behindOwnProxy(address, reached) ?? noServerOn(address, listeners);
  const addressesOf = (pid: number): string =>
    [
      ...new Set(
        reached
          .filter(({ holders }) => holders.some((holder) => isBelow(holder, pid)))
          .map(({ address }) => hostPort(address, port)),
      ),
    ].join(' and ');
  const others = listeners.filter(({ isReached }) => !isReached);
  return {
    roots,
    watched: roots.map((pid) => `${namedProcess(pid)} and what it starts, as it listens on ${addressesOf(pid)}`),
    aside: others.flatMap(({ address, holders }) =>
      topHolders(holders)
        .filter((pid) => !roots.includes(pid))
        .map((pid) => `${namedProcess(pid)} listens on ${hostPort(address, port)}, where no load goes`)
        .map((text) => ({ text, isUnconnected: false })),
    ),
    unwatched: [
      ...topHolders(reached.flatMap(({ holders }) => holders))
        .filter((pid) => isForwarder(pid) && !isInit(pid))
        .map((pid) => `${namedProcess(pid)} passes connections on; what stands behind it is not known`),
      ...reached
        .filter(({ holders }) => holders.length === 0)
        .map(({ address }) => `a process that we may not see listens on ${hostPort(address, port)}: use sudo`),
    ],
  };
}

/** What was started by --exec, whole, if a proxy in it holds the port, and a server in it listens elsewhere; else null. */
function behindOwnProxy({ port, startedPid }: PortAddress, reached: readonly Listener[]): FoundServer | null {
  if (startedPid === undefined) return null;
  const proxies = reached.filter(({ holders }) => holders.some((pid) => isBelow(pid, startedPid)));
  const inodes = allListenerInodes([startedPid]);
  const servers = listPids().filter(
    (pid) => !runsForwarder(pid) && isBelow(pid, startedPid) && socketInodes(pid).some((inode) => inodes.has(inode)),
  );
  if (proxies.length === 0 || servers.length === 0) return null;
  return {
    roots: [startedPid],
    watched: [
      `${namedProcess(startedPid)} and what it starts, as --exec started it`,
      ...proxies.flatMap(({ address, holders }) =>
        topmost(holders).map(
          (pid) => `${namedProcess(pid)} in it passes connections on from ${hostPort(address, port)}`,
        ),
      ),
      ...topmost(servers).map((pid) => `${namedProcess(pid)} in it serves behind that`),
    ],
    unwatched: [],
    aside: [],
  };
}

/** Of several roots, those that listen; all of them if none does. */
function thatListen(roots: readonly number[]): readonly number[] {
  const found = listening(roots);
  return found.length > 0 ? found : roots;
}

function watching(roots: readonly number[], as: string): FoundServer {
  return {
    roots,
    watched: roots.map((pid) => `${namedProcess(pid)} and what it starts, ${as}`),
    unwatched: [],
    aside: [],
  };
}

function byName(name: string, entry: Entry | null): FoundServer {
  const roots = thatListen(rootsOfName(name));
  if (roots.length === 0) {
    throw new UnfoundServer('--process', `no process is named "${name}"; give --pid or --port`);
  }
  if (roots.length === 1) return watching(roots, `as --process ${name} says`);
  const { serving, aside, isSeen } = whoServes(roots, entry);
  const unseen = isSeen
    ? ''
    : `, one of ${serving.length} of this name; which of them load reaches cannot be seen: give --pid if one is no server`;
  return {
    ...watching(serving, `as --process ${name} says${unseen}`),
    aside: aside.map(({ pid, why, passesOn }) => ({
      text: `${namedProcess(pid)} has this name, too, but ${why}`,
      isUnconnected: !passesOn,
    })),
  };
}

/** Null if the container is not known. */
function rootsInCgroup(address: CgroupAddress): readonly number[] | null {
  if (address.by === 'unit') return topmost(processesOfUnit(address.name));
  const id = containerId(address.name, address.environment);
  return id === null ? null : topmost(processesOfContainer(id));
}

function inCgroup(address: CgroupAddress): FoundServer {
  const { by, name } = address;
  const roots = rootsInCgroup(address);
  if (roots === null) {
    throw new UnfoundServer(
      '--container',
      `no container "${name}" is known to docker, podman or nerdctl here; give its id, or --pid`,
    );
  }
  if (roots.length === 0) {
    const what = by === 'unit' ? `unit ${name}` : `container ${name}`;
    throw new UnfoundServer(`--${by}`, `${what} has no process on this machine; is it running? Else give --pid`);
  }
  return watching(thatListen(roots), `as --${by} ${name} says`);
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

/** Throws an UnfoundServer that names those that do not exist, or of which nothing can be read (hidepid). */
function refuseUnwatchable(pids: readonly number[]): void {
  const absent = pids.filter((pid) => !exists(pid));
  const named = (all: readonly number[]): string => `${all.length === 1 ? 'process' : 'processes'} ${all.join(', ')}`;
  if (absent.length > 0) {
    throw new UnfoundServer('--pid', `${named(absent)} ${absent.length === 1 ? 'does' : 'do'} not exist`);
  }
  const hasProc = readProcFile('/proc/self/stat') !== null;
  const hidden = hasProc ? pids.filter((pid) => readProcFile(`/proc/${pid}/stat`) === null) : [];
  if (hidden.length > 0) throw new UnfoundServer('--pid', `${named(hidden)} cannot be read: use sudo`);
}

/** The server's processes. Throws an UnfoundServer that names the setting if they cannot be found. */
export function findServer(address: ServerAddress): FoundServer {
  switch (address.by) {
    case 'pid':
      refuseUnwatchable(address.pids);
      return watching(
        topmost(address.pids),
        address.pids.some((pid) => pid === address.startedPid)
          ? 'the embedded backend, which this run started'
          : 'as --pid says',
      );
    case 'port':
      return onPort(address);
    case 'process':
      return byName(address.name, address.entry ?? null);
    case 'unit':
    case 'container':
      return inCgroup(address);
  }
}
