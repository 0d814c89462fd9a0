import type { ProcessRole } from '../../contract/journal/journal.ts';
import { labelOf } from './label.ts';
import { commandLine, listPids, type ProcStat, readStat, ticksPerSecond } from './proc-file.ts';
import { Roles } from './roles.ts';
import { allListenerInodes, socketInodes } from './sockets.ts';

export interface TreeProcess {
  readonly stat: ProcStat;
  readonly role: ProcessRole;
  readonly label: string;
}

interface Known {
  readonly startTicks: number;
  readonly words: readonly string[];
  readonly label: string;
}

/**
 * How often every process of the machine is asked for its parent again; in between only those with new pids. A process of the
 * tree is read at each look anyway, so this is for a pid that was given to another process between two looks.
 */
const fullScanMs = 5000;

/** Ticks since boot at which this process started: the zero of ages, whatever a container says of the uptime. */
const ownStartTicks = readStat(process.pid)?.startTicks ?? 0;

const ageMs = (startTicks: number): number =>
  process.uptime() * 1000 + ((ownStartTicks - startTicks) / ticksPerSecond) * 1000;

/**
 * The server's process tree as workers start and exit. Command lines may hold secrets: they stay in memory, and labels name only
 * executable and script.
 */
export class ProcessTree {
  #known = new Map<number, Known>();
  #roles = new Roles();
  #parents = new Map<number, number>();
  #lastFullScanMs = Number.NEGATIVE_INFINITY;
  #rootPid: number;
  /** The root and what is between it and the process that listens, such as a shell that started the server. */
  #roots: ReadonlySet<number>;
  #listenerFound = false;

  constructor(rootPid: number) {
    this.#rootPid = rootPid;
    this.#roots = new Set([rootPid]);
  }

  get rootPid(): number {
    return this.#rootPid;
  }

  set rootPid(pid: number) {
    if (pid === this.#rootPid) return;
    this.#rootPid = pid;
    this.#roots = new Set([pid]);
    this.#listenerFound = false;
  }

  /** All live processes of the tree, the root first; empty if the root has exited. */
  look(nowMs: number): readonly TreeProcess[] {
    const isFull = nowMs - this.#lastFullScanMs >= fullScanMs;
    this.#updateParents(isFull);
    if (isFull) this.#lastFullScanMs = nowMs;
    const stats = this.#readTree();
    if (isFull && !this.#listenerFound) this.#findListener(stats);
    const before = this.#known;
    this.#known = new Map();
    const roles = new Map<number, ProcessRole>();
    return stats.map((stat) => {
      const known = before.get(stat.pid);
      const { words, label } = this.#know(stat, known?.startTicks === stat.startTicks ? known : null);
      const role = this.#roles.roleOf({
        isRoot: this.#roots.has(stat.pid),
        parentRole: roles.get(stat.parentPid) ?? null,
        words,
        ageMs: ageMs(stat.startTicks),
      });
      roles.set(stat.pid, role);
      return { stat, role, label };
    });
  }

  #readTree(): readonly ProcStat[] {
    const children = new Map<number, number[]>();
    for (const [pid, parent] of this.#parents) {
      const siblings = children.get(parent);
      if (siblings === undefined) children.set(parent, [pid]);
      else siblings.push(pid);
    }
    const found: ProcStat[] = [];
    const queue = [this.#rootPid];
    for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
      const stat = readStat(pid);
      if (stat === null) {
        this.#parents.delete(pid);
        if (pid === this.#rootPid) return [];
        continue;
      }
      found.push(stat);
      queue.push(...(children.get(pid) ?? []));
    }
    return found;
  }

  #updateParents(isFull: boolean): void {
    const before = isFull ? new Map<number, number>() : this.#parents;
    const now = new Map<number, number>();
    for (const pid of listPids()) {
      const parent = before.get(pid) ?? readStat(pid)?.parentPid;
      if (parent !== undefined) now.set(pid, parent);
    }
    this.#parents = now;
  }

  /** The topmost process that listens, and all above it, are roots: what it starts are its workers. */
  #findListener(stats: readonly ProcStat[]): void {
    const listeners = allListenerInodes(this.#rootPid);
    const listener = stats.find(({ pid }) => socketInodes(pid).some((inode) => listeners.has(inode)));
    if (listener === undefined) return;
    this.#listenerFound = true;
    const roots = new Set([this.#rootPid]);
    const parentOf = new Map(stats.map(({ pid, parentPid }) => [pid, parentPid]));
    for (let pid = listener.pid; pid !== this.#rootPid; pid = parentOf.get(pid) ?? this.#rootPid) roots.add(pid);
    this.#roots = roots;
  }

  #know(stat: ProcStat, known: Known | null): Known {
    if (known !== null) {
      this.#known.set(stat.pid, known);
      return known;
    }
    const words = commandLine(stat.pid);
    const fresh = { startTicks: stat.startTicks, words, label: labelOf(stat.name, words) };
    this.#known.set(stat.pid, fresh);
    return fresh;
  }
}
