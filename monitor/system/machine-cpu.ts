import type { ServerSampleLine } from '../../contract/journal/journal.ts';
import { isDue } from '../schedule.ts';
import { readProcFile } from './proc-file.ts';

export type MachineUse = Pick<ServerSampleLine, 'machineCpuPercent' | 'cpuPressurePercent'>;

interface Counts {
  readonly atMs: number;
  readonly busy: number;
  readonly stolen: number;
  readonly total: number;
  /** How long something waited for a CPU so far; null where the kernel does not tell. */
  readonly waitedUs: number | null;
}

export const unknownUse: MachineUse = { machineCpuPercent: null };

const stealTicksField = 7;

/** How busy the whole machine was since the last call, in percent of all its cores, and for how much of the time something on it waited for a CPU. */
export class MachineCpu {
  readonly #readFile: (path: string) => string | null;
  #before: Counts | null = null;
  #use = unknownUse;

  constructor(readFile: (path: string) => string | null = readProcFile) {
    this.#readFile = readFile;
  }

  /** No percentages at first, and where /proc/stat is not. */
  read(nowMs: number): MachineUse {
    const before = this.#before;
    if (before !== null && !isDue(nowMs - before.atMs, 1000)) return this.#use;
    const now = this.#counts(nowMs);
    if (now === null) return unknownUse;
    if (before !== null && now.total > before.total) this.#use = useBetween(before, now);
    this.#before = now;
    return this.#use;
  }

  #counts(atMs: number): Counts | null {
    const fields = /^cpu +([\d ]+)/.exec(this.#readFile('/proc/stat') ?? '')?.[1];
    if (fields === undefined) return null;
    const ticks = fields.split(' ').slice(0, 8).map(Number);
    const total = ticks.reduce((sum, value) => sum + value, 0);
    const busy = total - (ticks[3] ?? 0) - (ticks[4] ?? 0);
    const [, waited] = /^some .*\btotal=(\d+)/m.exec(this.#readFile('/proc/pressure/cpu') ?? '') ?? [];
    return {
      ...{ atMs, busy, total, stolen: ticks[stealTicksField] ?? 0 },
      waitedUs: waited === undefined ? null : Number(waited),
    };
  }
}

/** Pressure counts who waits for this machine's scheduler. What the machine itself waits for, as a guest of another, is stolen from all on it. */
function useBetween(before: Counts, now: Counts): MachineUse {
  const total = now.total - before.total;
  const machineCpuPercent = tenths((100 * (now.busy - before.busy)) / total);
  if (before.waitedUs === null || now.waitedUs === null) return { machineCpuPercent };
  const waited = (now.waitedUs - before.waitedUs) / (now.atMs - before.atMs) / 10;
  const stolen = (100 * (now.stolen - before.stolen)) / total;
  return { machineCpuPercent, cpuPressurePercent: tenths(Math.min(100, Math.max(waited, stolen))) };
}

const tenths = (value: number): number => Math.round(value * 10) / 10;
