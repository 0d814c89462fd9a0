import type { ServerSampleLine } from './journal.ts';

/** CPU of the whole tree in percent of the cores it may use; null where no process has a figure. */
export function treeCpuPercent(sample: ServerSampleLine, cores: number): number | null {
  if (sample.processes.length === 0) return null;
  let sum = 0;
  for (const { cpuPercent } of sample.processes) {
    // A process that has just come has no CPU figure yet.
    sum += cpuPercent ?? 0;
  }
  return sample.processes.every(({ cpuPercent }) => cpuPercent === null) ? null : sum / cores;
}
