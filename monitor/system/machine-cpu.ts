import { isDue } from '../schedule.ts';
import { readProcFile } from './proc-file.ts';

/** CPU of the whole machine since the last call, in percent of all its cores; null at first and where /proc/stat is not. */
export class MachineCpu {
  private busy = 0;
  private total = 0;
  private percent: number | null = null;
  private lastMs = Number.NEGATIVE_INFINITY;

  read(nowMs: number): number | null {
    if (!isDue(nowMs - this.lastMs, 1000)) return this.percent;
    const fields = /^cpu +([\d ]+)/.exec(readProcFile('/proc/stat') ?? '')?.[1];
    if (fields === undefined) return null;
    const ticks = fields.split(' ').slice(0, 8).map(Number);
    const total = ticks.reduce((sum, value) => sum + value, 0);
    const busy = total - (ticks[3] ?? 0) - (ticks[4] ?? 0);
    const first = this.lastMs === Number.NEGATIVE_INFINITY;
    if (!first && total > this.total) {
      this.percent = Math.round(((busy - this.busy) / (total - this.total)) * 1000) / 10;
    }
    [this.busy, this.total, this.lastMs] = [busy, total, nowMs];
    return this.percent;
  }
}
