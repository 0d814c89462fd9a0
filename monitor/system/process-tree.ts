import type { ProcessRole } from '../../contract/journal/journal.ts';
import { ticksPerSecond } from '../../contract/journal/process-identity.ts';
import { KeptStats, type StatAt } from './kept-stats.ts';
import { labelOf } from './label.ts';
import { NewPids } from './new-pids.ts';
import { OwnConnections } from './own-connections.ts';
import { commandLine, listPids, type ProcStat, readProcLink, readStat } from './proc-file.ts';
import { kindOf, Roles } from './roles.ts';
import type { HeldSockets, SocketLook } from './sockets.ts';
import { isSuccessor, type Running, ranAnew, runningOf, type Standing } from './took-over.ts';
import { TreeListeners } from './tree-listeners.ts';
import { type UnknownEnd, UnknownEnds } from './unknown-ends.ts';

export interface TreeProcess extends StatAt {
  readonly role: ProcessRole;
  readonly label: string;
}

interface Known {
  readonly startTicks: number;
  readonly kind: string;
  readonly label: string;
  /** When it was first seen. */
  readonly parentPid: number;
  role: ProcessRole;
  /** It was met so soon after its start that it may have been about to run another program. */
  readonly isYoung: boolean;
  /** Null until its sockets were seen. */
  isReached: boolean | null;
}

/**
 * How often every process of the machine is asked for its parent again; in between only those with new pids. A process of the
 * tree is read at each look anyway, so this is for a pid that was given to another process between two looks.
 */
const fullScanMs = 5000;

/** Ticks since boot at which this process started: the zero of ages, whatever a container says of the uptime. */
const ownStartTicks = readStat(process.pid)?.startTicks ?? 0;

/** A child that is younger may be about to run another program. */
const youngMs = 1000;

const ageMs = (startTicks: number): number =>
  process.uptime() * 1000 + ((ownStartTicks - startTicks) / ticksPerSecond) * 1000;

/**
 * The server's process trees as workers start and exit. Command lines may hold secrets: they stay in memory, and labels name only
 * executable and script.
 */
export class ProcessTree {
  #known = new Map<number, Known>();
  /** Processes that left the tree while they lived, or a moment ago. */
  readonly #left = new Map<number, Known>();
  /** What those run whose children may be workers. */
  readonly #mastersRun = new Map<number, Running | null>();
  readonly #roles = new Roles();
  readonly #unknownEnds = new UnknownEnds();
  readonly #connections = new OwnConnections();
  readonly #stats = new KeptStats();
  readonly #newPids: NewPids;
  #parents = new Map<number, number>();
  /** By parent; null if they have to be worked out again. */
  #children: ReadonlyMap<number, readonly number[]> | null = null;
  #lastFullScanMs = Number.NEGATIVE_INFINITY;
  #rootPids: readonly number[];
  #listeners: TreeListeners;

  constructor(rootPids: readonly number[], newPids = new NewPids()) {
    this.#rootPids = rootPids;
    this.#listeners = new TreeListeners(rootPids);
    this.#newPids = newPids;
  }

  /** The topmost processes that are watched. */
  get rootPids(): readonly number[] {
    return this.#rootPids;
  }

  /** @param pids processes that were roots before stay known. */
  set rootPids(pids: readonly number[]) {
    this.#rootPids = pids;
    this.#listeners = new TreeListeners(pids);
    this.#lastFullScanMs = Number.NEGATIVE_INFINITY;
  }

  /** Of a process that lives on outside the tree: whether it may be the root now. */
  standingOf(pid: number): Standing {
    const left = this.#left.get(pid);
    if (left === undefined || left.role === 'worker' || readStat(pid)?.startTicks !== left.startTicks) return 'other';
    if (ranAnew(runningOf(pid), this.#mastersRun.get(left.parentPid) ?? null)) return 'successor';
    return left.role === 'helper' ? 'helper' : 'other';
  }

  /** Processes that ended as helpers and were workers, as is known by now; each once. */
  takeLateWorkers(nowMs: number): readonly UnknownEnd[] {
    return this.#unknownEnds.takeWorkers(this.#roles, nowMs, (pid) => this.#listeners.mayHaveWorkers(pid));
  }

  /** Who takes connections tells workers from jobs. */
  note({ accepted, unread, holds }: SocketLook): void {
    this.#connections.note({ accepted, unread }, (pid) => this.#known.get(pid)?.startTicks ?? null);
    for (const [pid, sockets] of holds) {
      const known = this.#known.get(pid);
      if (known !== undefined) known.isReached ||= isReached(pid, known.parentPid, sockets);
    }
    this.#findSuccessors(holds);
  }

  /** In a hot restart both masters serve for a while: the new one has children, to whom it handed the socket that was handed to it. */
  #findSuccessors(holds: SocketLook['holds']): void {
    const handing = new Set<number>();
    for (const [pid, { parentPid }] of this.#known) if (holds.get(pid) === 'listening') handing.add(parentPid);
    for (const pid of handing) {
      const known = this.#known.get(pid);
      const master = known?.parentPid ?? 0;
      if (!this.#listeners.has(master) || this.#listeners.has(pid) || holds.get(pid) !== 'listening') continue;
      const { kind = '' } = this.#known.get(master) ?? {};
      if (this.#connections.hasServed(pid) || !isSuccessor(pid, master, kind)) continue;
      this.#listeners.addBeside(master, pid);
      // Its title may be late: what it starts are workers of the same kinds.
      if (known !== undefined) this.#known.set(pid, { ...known, kind, isYoung: false });
      this.#unknownEnds.inherit(pid, kind);
    }
  }

  /** All live processes of the trees, each tree from its root down; empty if no root is left. */
  look(nowMs: number): readonly TreeProcess[] {
    const isFull = nowMs - this.#lastFullScanMs >= fullScanMs;
    if (this.#newPids.mayBeThere() || isFull) this.#updateParents(isFull);
    if (isFull) this.#lastFullScanMs = nowMs;
    const read = this.#readTrees(nowMs);
    const stats = read.map(({ stat }) => stat);
    const alive = new Set(stats.map(({ pid }) => pid));
    this.#stats.keepOnly(alive);
    this.#listeners.keepOnly(alive);
    if (isFull) this.#listeners.find(stats);
    this.#meetAll(stats, nowMs);
    if (isFull) this.#noteMasters(stats);
    return read.map(({ stat, atMs }) => {
      const known = this.#known.get(stat.pid) ?? meet(stat);
      known.role = this.#roleOf(stat, known);
      return { stat, atMs, role: known.role, label: known.label };
    });
  }

  #roleOf({ pid, startTicks }: ProcStat, { parentPid, kind, isReached }: Known): ProcessRole {
    return this.#roles.roleOf({
      isRoot: this.#listeners.isRoot(pid),
      kind,
      parentKind: this.#known.get(parentPid)?.kind ?? '',
      ofRoot: this.#listeners.mayHaveWorkers(parentPid),
      ageMs: ageMs(startTicks),
      serves: this.#connections.hasServed(pid),
      parentServes: this.#connections.serves(parentPid),
      isReached,
    });
  }

  #readTrees(nowMs: number): readonly StatAt[] {
    const children = this.#children ?? childrenOf(this.#parents);
    this.#children = children;
    const found = new Map<number, StatAt>();
    const queue = [...this.#rootPids];
    for (let pid = queue.shift(); pid !== undefined; pid = queue.shift()) {
      if (found.has(pid)) continue;
      const read = this.#stats.read(pid, nowMs);
      if (read === null) {
        if (this.#parents.delete(pid)) this.#children = null;
        continue;
      }
      found.set(pid, read);
      queue.push(...(children.get(pid) ?? []));
    }
    return [...found.values()];
  }

  #updateParents(isFull: boolean): void {
    const before = isFull ? new Map<number, number>() : this.#parents;
    const now = new Map<number, number>();
    for (const pid of listPids()) {
      const parent = before.get(pid) ?? readStat(pid)?.parentPid;
      if (parent !== undefined) now.set(pid, parent);
    }
    this.#parents = now;
    this.#children = null;
    for (const pid of this.#left.keys()) if (!now.has(pid)) this.#left.delete(pid);
  }

  #noteMasters(stats: readonly ProcStat[]): void {
    if (stats.length > 0) this.#mastersRun.clear();
    for (const { pid } of stats) if (this.#listeners.mayHaveWorkers(pid)) this.#mastersRun.set(pid, runningOf(pid));
  }

  #meetAll(stats: readonly ProcStat[], nowMs: number): void {
    const before = this.#known;
    this.#known = new Map();
    for (const stat of stats) {
      const known = before.get(stat.pid);
      this.#known.set(stat.pid, known?.startTicks === stat.startTicks ? grownUp(known, stat) : meet(stat));
    }
    for (const [pid, known] of before) {
      if (this.#known.has(pid)) continue;
      this.#left.set(pid, known);
      const { startTicks, parentPid, label, kind, role } = known;
      if (role !== 'helper' || !this.#mayBeOfRoot(before.get(parentPid), parentPid)) continue;
      if (readStat(pid)?.startTicks === startTicks) continue;
      const parentKind = before.get(parentPid)?.kind ?? '';
      this.#unknownEnds.add({ pid, startTicks, label, parentPid, parentKind, kind }, nowMs);
    }
  }

  /** What a root started may be its successor, whatever it was taken for until then. */
  #mayBeOfRoot(parent: Known | undefined, pid: number): boolean {
    const listeners = this.#listeners;
    return listeners.mayHaveWorkers(pid) || (parent !== undefined && listeners.mayHaveWorkers(parent.parentPid));
  }
}

function meet({ pid, startTicks, name, parentPid }: ProcStat): Known {
  const words = commandLine(pid);
  const isYoung = ageMs(startTicks) < youngMs;
  const label = labelOf(name, words);
  return { startTicks, kind: kindOf(words), label, parentPid, isYoung, role: 'helper', isReached: null };
}

/** A child that was met between fork and exec had its parent's command line. One that has ended since has none: it is what it was. */
function grownUp(known: Known, stat: ProcStat): Known {
  if (!known.isYoung || ageMs(known.startTicks) < youngMs || commandLine(stat.pid).length === 0) return known;
  const { role, parentPid, isReached } = known;
  return { ...meet(stat), role, parentPid, isReached };
}

/** A master of the same program may hand connections on over any socket; to another program it hands the listening one, or none. */
const isReached = (pid: number, parentPid: number, sockets: HeldSockets): boolean =>
  sockets === 'listening' || (sockets === 'other' && readExe(pid) === readExe(parentPid));

const readExe = (pid: number): string | null => readProcLink(`/proc/${pid}/exe`);

/** @param parents of processes, by pid. @returns their children, by pid. */
export function childrenOf(parents: ReadonlyMap<number, number>): ReadonlyMap<number, readonly number[]> {
  const children = new Map<number, number[]>();
  for (const [pid, parent] of parents) {
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [pid]);
    else siblings.push(pid);
  }
  return children;
}
