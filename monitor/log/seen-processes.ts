import type { SaidOfEnd } from '../../contract/journal/end-reasons.ts';
import type { ProcessSample } from '../../contract/journal/journal.ts';
import { readProcFile } from '../system/proc-file.ts';

/** What is known of a process of the server, also for a while after its end: the log may name it then. */
export interface SeenProcess extends Pick<ProcessSample, 'pid' | 'startTicks'> {
  parentPid: number;
  role: ProcessSample['role'];
  /** Reasons of its end that were told. */
  readonly told: SaidOfEnd[];
  /** Whether the kernel has told its exit: its pid may be another process's now. */
  hasExited: boolean;
  wasSeen: boolean;
}

/** A process that was in no sample for so long is forgotten. */
const forgetUs = 60_000_000;

/** The server's processes by the pids that logs may name them by. */
export class SeenProcesses {
  readonly #byPid = new Map<number, SeenProcess>();
  /** The pid here of a process that has another one in its container. */
  readonly #pidOutside = new Map<number, number>();
  #sweptUs = Number.NEGATIVE_INFINITY;

  see(processes: readonly ProcessSample[], atUs: number): void {
    if (atUs - this.#sweptUs >= forgetUs) this.#sweep(atUs);
    for (const { pid, parentPid, startTicks, role } of processes) {
      const known = this.#byPid.get(pid);
      if (known?.startTicks === startTicks) {
        known.parentPid = parentPid;
        known.role = role;
        known.wasSeen = true;
        continue;
      }
      this.#byPid.set(pid, { pid, parentPid, startTicks, role, told: [], hasExited: false, wasSeen: true });
      const inside = pidInside(pid);
      if (inside !== null) this.#pidOutside.set(inside, pid);
    }
  }

  get(pid: number): SeenProcess | null {
    return this.#byPid.get(pid) ?? null;
  }

  /** @param pid as a log has it: in a container it is the one that the process has there. */
  named(pid: number): SeenProcess | null {
    return this.get(pid) ?? this.get(this.#pidOutside.get(pid) ?? 0);
  }

  /** Whether it is a root, and has or had a worker a short while ago. */
  isMaster(pid: number): boolean {
    if (this.get(pid)?.role !== 'root') return false;
    return [...this.#byPid.values()].some(({ parentPid, role }) => parentPid === pid && role === 'worker');
  }

  /** Forgets those that were not seen since the last time. */
  #sweep(atUs: number): void {
    this.#sweptUs = atUs;
    for (const [pid, process] of this.#byPid) {
      if (!process.wasSeen) this.#byPid.delete(pid);
      process.wasSeen = false;
    }
    for (const [inside, pid] of this.#pidOutside) if (!this.#byPid.has(pid)) this.#pidOutside.delete(inside);
  }
}

/** The pid that a process has in its container; null outside of one. */
function pidInside(pid: number): number | null {
  const pids = /^NSpid:\s+(.*)$/m.exec(readProcFile(`/proc/${pid}/status`) ?? '')?.[1]?.split(/\s+/) ?? [];
  const inside = pids.length > 1 ? Number(pids.at(-1)) : null;
  return inside !== null && Number.isFinite(inside) ? inside : null;
}
