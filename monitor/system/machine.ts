import { readProcFile, readProcLink } from './proc-file.ts';

/** What tells machines, and what counts on them, apart. */
export interface MachineIdentity {
  readonly bootId: string | null;
  readonly pidNamespace?: string;
  readonly timeNamespace?: string;
}

/** What /proc/stat says of the boot, in microseconds since the epoch; null if it says nothing. Source: proc_stat(5). */
export function bootUsIn(stat: string): number | null {
  const seconds = /^btime (\d+)$/m.exec(stat)?.[1];
  return seconds === undefined ? null : Number(seconds) * 1e6;
}

/** When this machine booted, by its wall clock of now. */
export const bootUs = (): number | null => bootUsIn(readProcFile('/proc/stat') ?? '');

export function machineIdentity(): MachineIdentity {
  const pidNamespace = readProcLink('/proc/self/ns/pid');
  const timeNamespace = readProcLink('/proc/self/ns/time');
  return {
    bootId: readProcFile('/proc/sys/kernel/random/boot_id')?.trim() ?? null,
    ...(pidNamespace === null ? {} : { pidNamespace }),
    ...(timeNamespace === null ? {} : { timeNamespace }),
  };
}
