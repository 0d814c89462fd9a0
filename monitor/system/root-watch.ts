import { isDue } from '../schedule.ts';
import { rootsOnPort, type ServerAddress } from './find-server.ts';
import { socketsOn, topmost } from './port-holders.ts';
import type { ProcessSource } from './process-source.ts';

/** How often it is asked who listens on the port. */
const everyMs = 5000;

/**
 * Keeps the roots that are watched up to date: a server that was started again on its port is watched again, and so is one that
 * joins the others on it (SO_REUSEPORT), or takes over from them.
 */
export class RootWatch {
  readonly #address: ServerAddress;
  readonly #source: ProcessSource;
  #lastMs = Number.NEGATIVE_INFINITY;
  /** Inodes of what listened at the last look. */
  #sockets = '';

  constructor(address: ServerAddress, source: ProcessSource) {
    this.#address = address;
    this.#source = source;
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
    const address = this.#address;
    if (address.by !== 'port') return false;
    const alive = this.alive(pids);
    const isWhole = alive.length === this.#source.rootPids.length;
    if (isWhole && !isDue(nowMs - this.#lastMs, everyMs)) return false;
    this.#lastMs = nowMs;
    const reached = socketsOn(address.port, address.ip).filter(({ isReached }) => isReached);
    const sockets = reached
      .map(({ inode }) => inode)
      .toSorted()
      .join();
    // Whoever shares a socket with a watched process was started by it; a new server brings a new socket.
    if (isWhole && sockets === this.#sockets) return false;
    const isFirst = this.#sockets === '';
    this.#sockets = sockets;
    if (isWhole && isFirst) return false;
    const found = rootsOnPort(address, (pid) => this.#source.standingOf(pid));
    const roots = topmost([...new Set([...alive, ...found])]);
    const isNews = roots.length > 0 && roots.join() !== this.#source.rootPids.join();
    if (isNews) this.#source.rootPids = roots;
    return isNews;
  }
}
