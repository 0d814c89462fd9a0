import type { ProcessSample } from '../../contract/journal/journal.ts';
import { costlyLookMs, isDue } from '../schedule.ts';
import { listProcFolder, readProcFile, ticksPerSecond } from './proc-file.ts';
import type { TreeProcess } from './process-tree.ts';

interface Before {
  readonly startTicks: number;
  readonly cpuTicks: number;
  readonly atMs: number;
  readonly cpuPercent: number | null;
  readonly fileDescriptors: number | null;
  readonly pssBytes: number | null;
  readonly lookedAtMs: number;
}

/** CPU is measured over at least this long: a clock tick of 10 ms would be 10% of a 100 ms interval. */
const cpuOverMs = 1000;

/**
 * Figures of one process after another. On Linux all come from /proc in one pass: one read of `stat` gives CPU, memory,
 * threads, parent and start together, and the monitor must not weigh on the machine that it watches.
 */
export class ProcessSampler {
  private before = new Map<number, Before>();

  /** @param nowMs a clock that never goes back. */
  sample(processes: readonly TreeProcess[], nowMs: number): readonly ProcessSample[] {
    const now = new Map<number, Before>();
    const costlyMs = costlyLookMs(processes.length);
    const samples = processes.map(({ stat, role, label }) => {
      const last = this.before.get(stat.pid);
      const same = last !== undefined && last.startTicks === stat.startTicks ? last : null;
      const look = same === null || isDue(nowMs - same.lookedAtMs, costlyMs);
      const known: Before = {
        startTicks: stat.startTicks,
        ...this.cpu(same, stat.cpuTicks, nowMs),
        fileDescriptors: look ? (listProcFolder(`/proc/${stat.pid}/fd`)?.length ?? null) : same.fileDescriptors,
        pssBytes: look ? proportionalBytes(stat.pid) : same.pssBytes,
        lookedAtMs: look ? nowMs : same.lookedAtMs,
      };
      now.set(stat.pid, known);
      return {
        pid: stat.pid,
        parentPid: stat.parentPid,
        startTicks: stat.startTicks,
        role,
        label,
        cpuPercent: known.cpuPercent,
        rssBytes: stat.rssBytes,
        pssBytes: known.pssBytes,
        threads: stat.threads,
        fileDescriptors: known.fileDescriptors,
      };
    });
    this.before = now;
    return samples;
  }

  private cpu(last: Before | null, cpuTicks: number, nowMs: number): Pick<Before, 'cpuPercent' | 'cpuTicks' | 'atMs'> {
    if (last === null) return { cpuPercent: null, cpuTicks, atMs: nowMs };
    const elapsedMs = nowMs - last.atMs;
    if (!isDue(elapsedMs, cpuOverMs)) return { cpuPercent: last.cpuPercent, cpuTicks: last.cpuTicks, atMs: last.atMs };
    const percent = ((cpuTicks - last.cpuTicks) / ticksPerSecond / (elapsedMs / 1000)) * 100;
    return { cpuPercent: Math.round(percent * 10) / 10, cpuTicks, atMs: nowMs };
  }
}

/** Pss of /proc/<pid>/smaps_rollup; null where the kernel has none or we may not read it. */
function proportionalBytes(pid: number): number | null {
  const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readProcFile(`/proc/${pid}/smaps_rollup`) ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}
