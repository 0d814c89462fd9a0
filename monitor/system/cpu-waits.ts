import { maxThreadsWaiting } from '../../contract/journal/full-machine.ts';
import { listProcFolder, readProcFile } from './proc-file.ts';

interface Look {
  readonly atMs: number;
  readonly waitedNsOf: ReadonlyMap<number, number>;
}

/**
 * How long threads that wanted to run waited for a CPU: the second figure of /proc/<pid>/task/<tid>/schedstat, in nanoseconds so far.
 * Source: Linux, Documentation/scheduler/sched-stats.rst.
 */
export class CpuWaits {
  readonly #before = new Map<number, Look>();

  /**
   * @param threads how many the process has. All are looked at while the machine is full, else its first one only: that costs one read, and
   * gives a single-threaded server a figure from the first second of a full machine on.
   * @returns percent of one core since the last look, of all threads that both saw; null if that is not known, or nobody has to wait.
   */
  look(pid: number, threads: number, isMachineFull: boolean, nowMs: number): number | null {
    const last = this.#before.get(pid);
    const waitedNsOf = new Map<number, number>();
    let waitedNs = 0;
    for (const tid of isMachineFull && threads > 1 && threads <= maxThreadsWaiting ? threadsOf(pid) : [pid]) {
      const now = waitedNsSoFar(pid, tid);
      if (now === null) continue;
      waitedNsOf.set(tid, now);
      const before = last?.waitedNsOf.get(tid);
      if (before !== undefined) waitedNs += now - before;
    }
    this.#before.set(pid, { atMs: nowMs, waitedNsOf });
    if (last === undefined || !isMachineFull || waitedNsOf.size === 0 || nowMs <= last.atMs) return null;
    return Math.round(waitedNs / (nowMs - last.atMs) / 1000) / 10;
  }

  /** The process has ended. */
  forget(pid: number): void {
    this.#before.delete(pid);
  }
}

const threadsOf = (pid: number): readonly number[] => (listProcFolder(`/proc/${pid}/task`) ?? []).map(Number);

/** Null if the thread has ended, or the kernel does not tell: it then says 0 for all three. */
function waitedNsSoFar(pid: number, tid: number): number | null {
  const [, ranNs, waitedNs] = /^(\d+) (\d+) /.exec(readProcFile(`/proc/${pid}/task/${tid}/schedstat`) ?? '') ?? [];
  return ranNs === undefined || ranNs === '0' ? null : Number(waitedNs);
}
