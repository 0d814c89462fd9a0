/** Percent of a machine's cores, from which on whoever wants to run waits. */
export const fullMachinePercent = 95;

export const isFullAt = (machineCpuPercent: number | null): boolean =>
  machineCpuPercent !== null && machineCpuPercent >= fullMachinePercent;

/** A look at more threads than this would be a load of its own: of a process that has more, the wait of its first one alone is told. */
export const maxThreadsWaiting = 512;
