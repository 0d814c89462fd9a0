import type { ProcessSample } from '../../contract/journal/journal.ts';
import { costlyLookMs, isDue } from '../schedule.ts';
import { BusyThreads, busyPercent, type ThreadUse } from './busy-threads.ts';
import { coresOf } from './cores.ts';
import { descriptorsOf, maxDescriptorsOf, ticksPerSecond } from './proc-file.ts';
import type { TreeProcess } from './process-tree.ts';
import { ProportionalMemory } from './proportional-memory.ts';
import type { SocketLook } from './sockets.ts';

type Bounds = Pick<ProcessSample, 'cores' | 'maxDescriptors'>;

interface Cpu {
  readonly cpuTicks: number;
  readonly atMs: number;
  readonly cpuPercent: number | null;
  readonly threadUse: ThreadUse | null;
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
  readonly pssOf: ReadonlyMap<number, number | null>;
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
  private open: SocketLook['open'] = new Map();
  private readonly proportional = new ProportionalMemory();

  /** Takes a look at who holds which connections. */
  note({ open }: SocketLook): void {
    this.open = open;
  }

  /** @param nowMs a clock that never goes back. */
  sample(processes: readonly TreeProcess[], nowMs: number): readonly ProcessSample[] {
    const now = new Map<number, Before>();
    const lookMs = costlyLookMs(processes.length);
    const pssOf = this.proportional.sample(
      processes.map(({ stat }) => stat),
      nowMs,
    );
    const samples = processes.map((process) => this.sampleOne(process, { now, nowMs, lookMs, pssOf }));
    for (const pid of this.before.keys()) if (!now.has(pid)) this.threads.forget(pid);
    this.before = now;
    return samples;
  }

  private sampleOne({ stat, role, label }: TreeProcess, { now, nowMs, lookMs, pssOf }: Look): ProcessSample {
    const { pid } = stat;
    const last = this.before.get(pid);
    const same = last !== undefined && last.startTicks === stat.startTicks ? last : null;
    const isBoundsDue = same === null || isDue(nowMs - same.boundsAtMs, boundsEveryMs);
    const look = same === null || isDue(nowMs - same.lookedAtMs, lookMs);
    const known: Before = {
      startTicks: stat.startTicks,
      ...this.cpu(same, stat, nowMs),
      bounds: isBoundsDue ? boundsOf(pid) : same.bounds,
      boundsAtMs: isBoundsDue ? nowMs : same.boundsAtMs,
      fileDescriptors: look ? descriptorsOf(pid) : same.fileDescriptors,
      lookedAtMs: look ? nowMs : same.lookedAtMs,
    };
    now.set(pid, known);
    const connections = this.open.get(pid);
    return {
      ...{ pid, parentPid: stat.parentPid, startTicks: stat.startTicks, role, label },
      cpuPercent: known.cpuPercent,
      rssBytes: stat.rssBytes,
      pssBytes: pssOf.get(pid) ?? null,
      threads: stat.threads,
      fileDescriptors: known.fileDescriptors,
      ...known.bounds,
      ...known.threadUse,
      ...(connections === undefined ? {} : { connections }),
    };
  }

  private cpu(last: Before | null, { pid, cpuTicks, threads }: TreeProcess['stat'], nowMs: number): Cpu {
    if (last === null) return { cpuPercent: null, cpuTicks, atMs: nowMs, threadUse: null };
    const elapsedMs = nowMs - last.atMs;
    if (!isDue(elapsedMs, cpuOverMs)) {
      const { cpuPercent, atMs, threadUse } = last;
      return { cpuPercent, cpuTicks: last.cpuTicks, atMs, threadUse };
    }
    const percent = ((cpuTicks - last.cpuTicks) / ticksPerSecond / (elapsedMs / 1000)) * 100;
    const isBusy = percent >= busyPercent && threads > 1;
    if (!isBusy) this.threads.forget(pid);
    const threadUse = isBusy ? this.threads.look(pid, nowMs) : null;
    return { cpuPercent: Math.round(percent * 10) / 10, cpuTicks, atMs: nowMs, threadUse };
  }
}

function boundsOf(pid: number): Bounds {
  const maxDescriptors = maxDescriptorsOf(pid);
  return { cores: coresOf(pid), ...(maxDescriptors === null ? {} : { maxDescriptors }) };
}
