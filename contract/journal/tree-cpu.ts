import type { ServerSampleLine } from './journal.ts';

type Sample = Pick<ServerSampleLine, 'processes'> & { readonly cores?: number };

/**
 * CPU of the whole tree in percent of the cores it may use; null where no process has a figure.
 * @param cores of a sample that does not say how many they were then.
 */
export function treeCpuPercent(sample: Sample, cores: number): number | null {
  if (sample.processes.length === 0) return null;
  let sum = 0;
  for (const { cpuPercent } of sample.processes) {
    // A process that has just come has no CPU figure yet.
    sum += cpuPercent ?? 0;
  }
  return sample.processes.every(({ cpuPercent }) => cpuPercent === null) ? null : sum / (sample.cores ?? cores);
}
