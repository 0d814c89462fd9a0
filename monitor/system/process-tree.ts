import { basename } from 'node:path';
import type { ProcessRole } from '../../contract/journal/journal.ts';
import { commandLine, listPids, type ProcStat, readStat } from './proc-file.ts';

export interface TreeProcess {
  readonly stat: ProcStat;
  readonly role: ProcessRole;
  readonly label: string;
}

interface Known {
  readonly startTicks: number;
  readonly role: ProcessRole;
  readonly label: string;
}

/**
 * How often every process of the machine is asked for its parent again; in between only those with new pids. A process of the
 * tree is read at each look anyway, so this is for a pid that was given to another process between two looks.
 */
const fullScanMs = 5000;

/**
 * The server's process tree as workers come and go. Command lines may hold secrets: they stay in memory, and labels name only
 * executable and script.
 */
export class ProcessTree {
  private readonly known = new Map<number, Known>();
  private readonly kinds = new WorkerKinds();
  private parents = new Map<number, number>();
  private lastFullScanMs = Number.NEGATIVE_INFINITY;
  rootPid: number;

  constructor(rootPid: number) {
    this.rootPid = rootPid;
  }

  /** All live processes of the tree, the root first; empty where the root is gone. */
  look(nowMs: number): readonly TreeProcess[] {
    this.updateParents(nowMs);
    const children = new Map<number, number[]>();
    for (const [pid, parent] of this.parents) children.set(parent, [...(children.get(parent) ?? []), pid]);

    const found: TreeProcess[] = [];
    const queue = [this.rootPid];
    for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
      const stat = readStat(pid);
      if (stat === null) {
        this.parents.delete(pid);
        if (pid === this.rootPid) return [];
        continue;
      }
      found.push(this.describe(stat));
      queue.push(...(children.get(pid) ?? []));
    }
    this.kinds.endFirstLook();
    return found;
  }

  private updateParents(nowMs: number): void {
    const full = nowMs - this.lastFullScanMs >= fullScanMs;
    if (full) this.lastFullScanMs = nowMs;
    const before = full ? new Map<number, number>() : this.parents;
    const now = new Map<number, number>();
    for (const pid of listPids()) {
      const parent = before.get(pid) ?? readStat(pid)?.parentPid;
      if (parent !== undefined) now.set(pid, parent);
    }
    this.parents = now;
  }

  private describe(stat: ProcStat): TreeProcess {
    const known = this.known.get(stat.pid);
    if (known !== undefined && known.startTicks === stat.startTicks)
      return { stat, role: known.role, label: known.label };
    const words = commandLine(stat.pid);
    const role = this.kinds.roleOf(stat.pid === this.rootPid, words);
    const label = labelOf(stat.name, words);
    this.known.set(stat.pid, { startTicks: stat.startTicks, role, label });
    return { stat, role, label };
  }
}

/**
 * Tells workers from helpers. A worker is a process of a kind that was there at the first look, kind being its command line
 * without digits; the tracker of Python's multiprocessing and one-off children are helpers.
 */
export class WorkerKinds {
  private readonly kinds = new Set<string>();
  private firstLook = true;

  roleOf(isRoot: boolean, words: readonly string[]): ProcessRole {
    if (isRoot) return 'root';
    if (words.some((word) => word.includes('multiprocessing.resource_tracker'))) return 'helper';
    const kind = words.join('\0').replace(/\d+/g, '#');
    if (this.firstLook) this.kinds.add(kind);
    return this.kinds.has(kind) ? 'worker' : 'helper';
  }

  endFirstLook(): void {
    this.firstLook = false;
  }
}

/** Executable and script by their base names, such as `node webhook-stress.js` or `python3 spawn_main`. */
export function labelOf(name: string, words: readonly string[]): string {
  const [executable, ...rest] = words;
  const script =
    rest.find((word) => /\.(?:[cm]?[jt]s|py|rb)$/.test(word)) ??
    (rest.some((word) => word.includes('spawn_main')) ? 'spawn_main' : '');
  const text = `${executable === undefined ? name : basename(executable.split(' ', 1)[0] ?? name)} ${basename(script)}`;
  return text
    .replace(/[^\x20-\x7e]/g, '')
    .trim()
    .slice(0, 64);
}
