import { ticksPerSecond } from '../../contract/journal/process-identity.ts';
import { listProcFolder, readThreadStat } from './proc-file.ts';

/** Threads are looked at only while their process uses most of a core: each costs a read. */
export const busyPercent = 80;

/** Of more threads than this nobody is the one that all wait for, and a look at them all would be a load. */
const maxThreads = 512;

/** Threads of a runtime that compile or collect garbage: a whole core of theirs keeps no request waiting. Names as the kernel has them. */
const besideServing =
  /^(?:C[12] Compiler|JVMCI|GC Thread|G1 |ZWorker|ZDriver|Shenandoah|VM Thread|\.NET Tiered|V8Worker)/;

interface Look {
  readonly atMs: number;
  readonly ticksOf: ReadonlyMap<string, number>;
}

export interface ThreadUse {
  readonly mainThreadPercent: number;
  readonly busiestThreadPercent: number;
}

/** How much of a core the first thread of a process uses, and the busiest one of those that serve. */
export class BusyThreads {
  #before = new Map<number, Look>();

  /** @returns null if this is the first look at the process. */
  look(pid: number, nowMs: number): ThreadUse | null {
    const last = this.#before.get(pid);
    const tids = listProcFolder(`/proc/${pid}/task`) ?? [];
    if (tids.length > maxThreads) return null;
    const ticksOf = new Map<string, number>();
    let [main, busiest] = [0, 0];
    const elapsedSeconds = last === undefined ? 0 : (nowMs - last.atMs) / 1000;
    for (const tid of tids) {
      const stat = readThreadStat(pid, tid);
      if (stat === null) continue;
      ticksOf.set(tid, stat.cpuTicks);
      const before = last?.ticksOf.get(tid);
      if (before === undefined || elapsedSeconds === 0) continue;
      const percent = ((stat.cpuTicks - before) / ticksPerSecond / elapsedSeconds) * 100;
      if (Number(tid) === pid) main = percent;
      if (!besideServing.test(stat.name)) busiest = Math.max(busiest, percent);
    }
    this.#before.set(pid, { atMs: nowMs, ticksOf });
    if (elapsedSeconds === 0) return null;
    return { mainThreadPercent: tenths(main), busiestThreadPercent: tenths(busiest) };
  }

  /** The process is not busy any more, or has ended. */
  forget(pid: number): void {
    this.#before.delete(pid);
  }
}

const tenths = (percent: number): number => Math.round(percent * 10) / 10;
