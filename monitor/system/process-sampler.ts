import type { ProcessSample } from '../../contract/journal/journal.ts';
import { ticksPerSecond } from '../../contract/journal/process-identity.ts';
import { costlyLookMs, isDue } from '../schedule.ts';
import { BusyThreads, busyPercent, type ThreadUse } from './busy-threads.ts';
import { coresOf } from './cores.ts';
import { CpuWaits } from './cpu-waits.ts';
import { descriptorsOf, maxDescriptorsOf } from './proc-file.ts';
import type { TreeProcess } from './process-tree.ts';
import { type PageTables, ProportionalMemory } from './proportional-memory.ts';
import type { SocketLook } from './sockets.ts';

type Bounds = Pick<ProcessSample, 'cores' | 'maxDescriptors'>;

interface Cpu {
  readonly cpuTicks: number;
  readonly atMs: number;
  readonly cpuPercent: number | null;
  readonly threadUse: ThreadUse | null;
  readonly cpuWaitPercent: number | null;
}

interface Before extends Cpu {
  readonly startTicks: number;
  readonly fileDescriptors: number | null;
  readonly lookedAtMs: number;
  readonly bounds: Bounds;
  readonly boundsAtMs: number;
}

/** What is due at one look. */
interface Look {
  readonly now: Map<number, Before>;
  readonly nowMs: number;
  readonly lookMs: number;
  readonly isMachineFull: boolean;
  readonly tablesOf: ReadonlyMap<number, PageTables>;
}

/** CPU is measured over at least this long: a clock tick of 10 ms would be 10% of a 100 ms interval. */
const cpuOverMs = 1000;

/** Affinity, quota and limits are set when a server starts, and hardly ever later. */
const boundsEveryMs = 30_000;

/**
 * Figures of one process after another. On Linux all come from /proc in one pass: one read of `stat` gives CPU, memory,
 * threads, parent and start together, and the monitor must not weigh on the machine that it watches.
 */
export class ProcessSampler {
  private before = new Map<number, Before>();
  private readonly threads = new BusyThreads();
  private readonly waits = new CpuWaits();
  private open: SocketLook['open'] = new Map();
  /** By pid, the open files at the same look. */
  private filesBesides: ReadonlyMap<number, number | null> = new Map();
  private readonly proportional = new ProportionalMemory();

  /** Takes a look at who holds which connections. */
  note({ open }: SocketLook): void {
    this.open = open;
    // Counted at another moment, connections that came or went between would look like files that a process keeps.
    this.filesBesides = new Map([...open.keys()].map((pid) => [pid, descriptorsOf(pid)]));
  }

  /**
   * @param nowMs a clock that never goes back.
   * @param isMachineFull whether nobody had CPU to spare a moment ago.
   */
  sample(processes: readonly TreeProcess[], nowMs: number, isMachineFull: boolean): readonly ProcessSample[] {
    const now = new Map<number, Before>();
    const lookMs = costlyLookMs(processes.length);
    const tablesOf = this.proportional.sample(
      processes.map(({ stat }) => stat),
      nowMs,
    );
    const samples = processes.map((process) =>
      this.sampleOne(process, { now, nowMs, lookMs, isMachineFull, tablesOf }),
    );
    for (const pid of this.before.keys()) {
      if (now.has(pid)) continue;
      this.threads.forget(pid);
      this.waits.forget(pid);
    }
    this.before = now;
    return samples;
  }

  private sampleOne(process: TreeProcess, { now, tablesOf, ...due }: Look): ProcessSample {
    const { stat, role, label } = process;
    const { pid, parentPid, startTicks, rssBytes, threads } = stat;
    const last = this.before.get(pid);
    const same = last !== undefined && last.startTicks === startTicks ? last : null;
    const known = this.lookAt(process, same, due);
    now.set(pid, known);
    const { cpuPercent, bounds, threadUse, cpuWaitPercent } = known;
    const { pssBytes, ...swapped } = tablesOf.get(pid) ?? { pssBytes: null };
    const connections = this.open.get(pid);
    const fileDescriptors = this.filesBesides.get(pid) ?? known.fileDescriptors;
    return {
      ...{ pid, parentPid, startTicks, role, label, cpuPercent, rssBytes, pssBytes, threads, fileDescriptors },
      ...swapped,
      ...bounds,
      ...threadUse,
      ...(cpuWaitPercent === null ? {} : { cpuWaitPercent }),
      ...(connections === undefined ? {} : { connections }),
    };
  }

  /** What is due now; the rest as it was. */
  private lookAt(process: TreeProcess, same: Before | null, look: Omit<Look, 'now' | 'tablesOf'>): Before {
    const { nowMs, lookMs } = look;
    const { stat, atMs } = process;
    const isCpuDue = same === null || isDue(atMs - same.atMs, cpuOverMs);
    const isBoundsDue = same === null || isDue(nowMs - same.boundsAtMs, boundsEveryMs);
    const isAsked = (this.filesBesides.get(stat.pid) ?? null) !== null;
    const isLookDue = same === null || (!isAsked && isDue(nowMs - same.lookedAtMs, lookMs));
    if (same !== null && !isCpuDue && !isBoundsDue && !isLookDue) return same;
    return {
      startTicks: stat.startTicks,
      ...(isCpuDue ? this.cpu(same, process, look) : pickCpu(same)),
      bounds: isBoundsDue ? boundsOf(stat.pid) : same.bounds,
      boundsAtMs: isBoundsDue ? nowMs : same.boundsAtMs,
      fileDescriptors: isLookDue ? descriptorsOf(stat.pid) : same.fileDescriptors,
      lookedAtMs: isLookDue ? nowMs : same.lookedAtMs,
    };
  }

  /** Since the last reading. */
  private cpu(
    last: Before | null,
    { stat: { pid, cpuTicks, threads }, atMs }: TreeProcess,
    { nowMs, isMachineFull }: Pick<Look, 'nowMs' | 'isMachineFull'>,
  ): Cpu {
    if (last === null) this.waits.forget(pid);
    const cpuWaitPercent = this.waits.look(pid, threads, isMachineFull, nowMs);
    if (last === null) return { cpuPercent: null, cpuTicks, atMs, threadUse: null, cpuWaitPercent };
    const percent = ((cpuTicks - last.cpuTicks) / ticksPerSecond / ((atMs - last.atMs) / 1000)) * 100;
    const isBusy = percent >= busyPercent && threads > 1;
    if (!isBusy) this.threads.forget(pid);
    const threadUse = isBusy ? this.threads.look(pid, nowMs) : null;
    return { cpuPercent: Math.round(percent * 10) / 10, cpuTicks, atMs, threadUse, cpuWaitPercent };
  }
}

const pickCpu = ({ cpuPercent, cpuTicks, atMs, threadUse, cpuWaitPercent }: Cpu): Cpu => ({
  ...{ cpuPercent, cpuTicks, atMs, threadUse, cpuWaitPercent },
});

function boundsOf(pid: number): Bounds {
  const maxDescriptors = maxDescriptorsOf(pid);
  return { cores: coresOf(pid), ...(maxDescriptors === null ? {} : { maxDescriptors }) };
}
