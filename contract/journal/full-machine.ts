/** Percent of a machine's cores, from which on whoever wants to run waits. */
export const fullMachinePercent = 95;

export const isFullAt = (machineCpuPercent: number | null): boolean =>
  machineCpuPercent !== null && machineCpuPercent >= fullMachinePercent;
