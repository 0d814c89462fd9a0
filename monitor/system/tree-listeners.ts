import { runsForwarder } from './forwarders.ts';
import type { ProcStat } from './proc-file.ts';
import { runsProgramOf } from './same-program.ts';
import { allListenerInodes, socketInodes } from './sockets.ts';

/** Of trees of processes the topmost ones that listen. They and all above them are roots: what those that listen start are their workers. */
export class TreeListeners {
  readonly #roots: readonly number[];
  /** Those that listen, as far as they are known, and the root of each. */
  readonly #rootOf = new Map<number, number>();
  /** Between a root that was given and the process that listens, such as a shell that started the server; and the root of each. */
  readonly #above = new Map<number, number>();
  /** Roots of which not all that listen are known: one may begin to listen late, and a supervisor may start one anew. */
  readonly #unheard: Set<number>;

  constructor(roots: readonly number[]) {
    this.#roots = roots;
    this.#unheard = new Set(roots);
  }

  has(pid: number): boolean {
    return this.#rootOf.has(pid);
  }

  /** Notes one that serves beside another that listens. */
  addBeside(listener: number, pid: number): void {
    this.#rootOf.set(pid, this.#rootOf.get(listener) ?? listener);
  }

  /** Forgets those that have ended. */
  keepOnly(alive: ReadonlySet<number>): void {
    for (const [pid, root] of this.#rootOf) if (!alive.has(pid) && this.#rootOf.delete(pid)) this.#unheard.add(root);
  }

  isRoot(pid: number): boolean {
    return this.#roots.includes(pid) || this.#above.has(pid) || this.#rootOf.has(pid);
  }

  /** Whether what a process starts may be a worker: it listens, or is a root of a tree in which nobody is known to. */
  mayHaveWorkers(pid: number): boolean {
    if (this.#rootOf.has(pid)) return true;
    const root = this.#roots.includes(pid) ? pid : this.#above.get(pid);
    return root !== undefined && ![...this.#rootOf.values()].includes(root);
  }

  /** Looks for those that are not known. @param stats of all processes of the trees. */
  find(stats: readonly ProcStat[]): void {
    if (this.#unheard.size === 0) return;
    const parentOf = new Map(stats.map(({ pid, parentPid }) => [pid, parentPid]));
    const unheard = stats.flatMap(({ pid }) => {
      const above = ancestors(pid, parentOf);
      const root = above.at(-1) ?? pid;
      return this.#unheard.has(root) ? [{ pid, root, above: aboveWithoutProxies(pid, above) }] : [];
    });
    const inodes = allListenerInodes(unheard.map(({ pid }) => pid));
    for (const { pid, root, above } of unheard) {
      if ([pid, ...above].some((each) => this.#rootOf.has(each))) continue;
      if (!socketInodes(pid).some((inode) => inodes.has(inode))) continue;
      // Where workers open sockets of their own, the one that starts them runs the same command.
      const others = above.findIndex((each) => !runsProgramOf(pid, each, true));
      const masters = others === -1 ? above : above.slice(0, others);
      this.#rootOf.set(masters.at(-1) ?? pid, root);
      this.#unheard.delete(root);
      for (const each of above.slice(masters.length)) this.#above.set(each, root);
    }
  }
}

/** A proxy may have taken the place of the shell that started the server: it is no master of that one. */
function aboveWithoutProxies(pid: number, above: readonly number[]): readonly number[] {
  const proxy = runsForwarder(pid) ? -1 : above.findIndex(runsForwarder);
  return proxy === -1 ? above : above.slice(0, proxy);
}

/** The process's ancestors within the tree, from its parent up. */
function ancestors(pid: number, parentOf: ReadonlyMap<number, number>): readonly number[] {
  const found: number[] = [];
  for (let at = parentOf.get(pid); at !== undefined && parentOf.has(at); at = parentOf.get(at)) found.push(at);
  return found;
}
