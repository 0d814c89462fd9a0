import type { ServerSampleLine } from '../../contract/journal/journal.ts';

/** Percent of the machine's cores, from which on whoever wants to run waits. */
export const fullMachinePercent = 95;

/** Of a core: less is no work. */
export const restingPercent = 10;

/**
 * The machine is full, and the server computes in no process as much as it could. A server that uses next to nothing does not want CPU: who
 * wants it gets some even then, as generator and monitor do.
 */
export function isFullOfOthers(sample: ServerSampleLine): boolean {
  const { machineCpuPercent, processes } = sample;
  if (machineCpuPercent === null || machineCpuPercent < fullMachinePercent) return false;
  if (usedPercent(sample) < restingPercent) return false;
  return processes.every(({ cpuPercent }) => (cpuPercent ?? 0) < fullMachinePercent);
}

/** By the server's processes, of one core. */
export const usedPercent = ({ processes }: ServerSampleLine): number =>
  processes.reduce((sum, { cpuPercent }) => sum + (cpuPercent ?? 0), 0);
