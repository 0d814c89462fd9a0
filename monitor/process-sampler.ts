import type { ProcessSample } from '../contract/journal.ts';
import { listProcFolder, readProcFile, ticksPerSecond } from './proc-file.ts';
import type { TreeProcess } from './process-tree.ts';

interface Before {
  readonly startTicks: number;
  readonly cpuTicks: number;
  readonly atMs: number;
  readonly cpuPercent: number | null;
  readonly pssBytes: number | null;
  readonly pssAtMs: number;
}

/**
 * CPU is measured over at least this long: a clock tick of 10 ms would be 10 % of a 100 ms interval.
 * PSS walks the page table, so it is read no more often either.
 */
const slowFiguresMs = 1000;

/**
 * Figures of one process after another. On Linux all come from /proc in one pass: one read of `stat` gives CPU, memory,
 * threads, parent and start together, and the monitor must not weigh on the machine that it watches.
 */
export class ProcessSampler {
  private readonly before = new Map<number, Before>();

  sample({ stat, role, label }: TreeProcess, nowMs: number): ProcessSample {
    const last = this.before.get(stat.pid);
    const same = last !== undefined && last.startTicks === stat.startTicks ? last : null;
    const { cpuPercent, cpuTicks, atMs } = this.cpu(same, stat.cpuTicks, nowMs);
    const readPss = same === null || nowMs - same.pssAtMs >= slowFiguresMs;
    const pssBytes = readPss ? proportionalBytes(stat.pid) : same.pssBytes;
    this.before.set(stat.pid, {
      startTicks: stat.startTicks,
      cpuTicks,
      atMs,
      cpuPercent,
      pssBytes,
      pssAtMs: readPss ? nowMs : same.pssAtMs,
    });
    return {
      pid: stat.pid,
      parentPid: stat.parentPid,
      startTicks: stat.startTicks,
      role,
      label,
      cpuPercent,
      rssBytes: stat.rssBytes,
      pssBytes,
      threads: stat.threads,
      fileDescriptors: listProcFolder(`/proc/${stat.pid}/fd`)?.length ?? null,
    };
  }

  /** Forgets processes that are gone. */
  keep(pids: ReadonlySet<number>): void {
    for (const pid of this.before.keys()) if (!pids.has(pid)) this.before.delete(pid);
  }

  private cpu(last: Before | null, cpuTicks: number, nowMs: number): Pick<Before, 'cpuPercent' | 'cpuTicks' | 'atMs'> {
    if (last === null) return { cpuPercent: null, cpuTicks, atMs: nowMs };
    const elapsedMs = nowMs - last.atMs;
    // A little early is on time: ticks of the schedule come a moment before or after the second.
    if (elapsedMs < slowFiguresMs * 0.95)
      return { cpuPercent: last.cpuPercent, cpuTicks: last.cpuTicks, atMs: last.atMs };
    const percent = ((cpuTicks - last.cpuTicks) / ticksPerSecond / (elapsedMs / 1000)) * 100;
    return { cpuPercent: Math.round(percent * 10) / 10, cpuTicks, atMs: nowMs };
  }
}

/** Pss of /proc/<pid>/smaps_rollup; null where the kernel has none or we may not read it. */
function proportionalBytes(pid: number): number | null {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readProcFile(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}
