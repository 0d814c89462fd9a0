import { isDue } from '../schedule.ts';
import { ContainerIds } from './container-id.ts';
import { type PortAddress, rootsAt, type ServerAddress } from './find-server.ts';
import { type LaterLook, LaterServers } from './later-servers.ts';
import { socketsOn, topmost } from './port-holders.ts';
import type { ProcessSource } from './process-source.ts';
import { programOf, rootsOfName } from './same-name.ts';

/** How often it is asked who listens on the port. */
const everyMs = 5000;
/** How often a server that ended is looked for by its unit, container or name, which takes longer than by its port. */
const absentMs = 1000;

/**
 * Keeps the roots that are watched up to date: a server that was started again on its port, or in its unit or container, is watched
 * again, and so is one that joins the others on the port (SO_REUSEPORT), or takes over from them.
 */
export class RootWatch {
  readonly #address: ServerAddress;
  readonly #source: ProcessSource;
  readonly #containers: ContainerIds | null;
  /** How many roots there were when the watch began. */
  #count: number;
  /** Of a name, what was not the server when the watch began, and what the server ran. */
  readonly #strangers: Set<number>;
  readonly #programs: Set<string>;
  readonly #later: LaterServers | null;
  #news: LaterLook | null = null;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** Inodes of what listened at the last look. */
  #sockets = '';

  constructor(address: ServerAddress, source: ProcessSource) {
    this.#address = address;
    this.#source = source;
    this.#count = source.rootPids.length;
    this.#containers = address.by === 'container' ? new ContainerIds(address.name, address.environment) : null;
    const ofName = address.by === 'process' ? rootsOfName(address.name) : [];
    this.#strangers = new Set(ofName.filter((pid) => !source.rootPids.includes(pid)));
    this.#programs = new Set(address.by === 'process' ? source.rootPids.map(programOf) : []);
    const { name, entry } = address.by === 'process' ? address : {};
    this.#later = name === undefined || entry === undefined ? null : new LaterServers({ name, entry }, source.rootPids);
  }

  /** Nobody looks any more. */
  stop(): void {
    this.#containers?.stop();
  }

  /** Roots that live, of those that are watched. */
  alive(pids: readonly number[]): readonly number[] {
    return this.#source.rootPids.filter((pid) => pids.includes(pid));
  }

  /**
   * @param pids of all watched processes.
   * @returns whether others are watched from now on.
   */
  look(pids: readonly number[], nowMs: number): boolean {
    const hasLater = this.#lookLater(this.alive(pids), nowMs);
    const address = this.#address;
    const alive = this.alive([...pids, ...(this.#news?.news ?? [])]);
    const isWhole = alive.length === this.#source.rootPids.length && !this.#isMissed(alive.length);
    if (!this.#mayDiffer(address, isWhole, nowMs)) return hasLater;
    const found = rootsAt(
      address,
      (pid) => this.#source.standingOf(pid),
      () => this.#containers?.latest() ?? null,
    );
    const roots = topmost([...new Set([...alive, ...this.#thatReturned(found)])]);
    const isNews = roots.length > 0 && roots.join() !== this.#source.rootPids.join();
    if (isNews) this.#source.rootPids = roots;
    return isNews || hasLater;
  }

  /** What was found to serve since the last call, or to be left out although it may serve; null if nothing was. */
  takeNews(): LaterLook | null {
    const news = this.#news;
    this.#news = null;
    return news;
  }

  #lookLater(alive: readonly number[], nowMs: number): boolean {
    const later = this.#later?.look(alive, nowMs) ?? null;
    if (later === null) return false;
    this.#news = later;
    if (later.news.length === 0) return false;
    for (const pid of later.news) {
      this.#strangers.delete(pid);
      this.#programs.add(programOf(pid));
    }
    this.#source.rootPids = topmost([...new Set([...this.#source.rootPids, ...later.news])]);
    this.#count = Math.max(this.#count, alive.length + later.news.length);
    return true;
  }

  /** Whether one of several servers of a name, unit or container ended, and may come back while the others live. */
  #isMissed(alive: number): boolean {
    return !['port', 'pid'].includes(this.#address.by) && alive < this.#count;
  }

  /** Of a name, one that came later is the server again, and of several those that run what the server ran. */
  #thatReturned(found: readonly number[]): readonly number[] {
    if (this.#address.by !== 'process') return found;
    const news = found.filter((pid) => !this.#strangers.has(pid));
    return news.length === 1 ? news : news.filter((pid) => this.#programs.has(programOf(pid)));
  }

  /** Whether others may stand at the address since the last look. */
  #mayDiffer(address: ServerAddress, isWhole: boolean, nowMs: number): boolean {
    const isPort = address.by === 'port';
    if (isWhole && !isPort) return false;
    const wait = isWhole ? everyMs : isPort ? 0 : absentMs;
    if (!isDue(nowMs - this.#lastMs, wait)) return false;
    this.#lastMs = nowMs;
    return isPort ? this.#hasNewSocket(address, isWhole) : true;
  }

  /** Whoever shares a socket with a watched process was started by it; a new server brings a new socket. */
  #hasNewSocket({ port, ip }: PortAddress, isWhole: boolean): boolean {
    const reached = socketsOn(port, ip).filter(({ isReached }) => isReached);
    const sockets = reached
      .map(({ inode }) => inode)
      .toSorted()
      .join();
    if (isWhole && sockets === this.#sockets) return false;
    const isFirst = this.#sockets === '';
    this.#sockets = sockets;
    return !(isWhole && isFirst);
  }
}
