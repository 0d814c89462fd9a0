import { readProcFile, readProcLink } from './proc-file.ts';

/** What tells machines, and what counts on them, apart. */
export interface MachineIdentity {
  readonly bootId: string | null;
  readonly pidNamespace?: string;
  readonly timeNamespace?: string;
}

export function machineIdentity(): MachineIdentity {
  const pidNamespace = readProcLink('/proc/self/ns/pid');
  const timeNamespace = readProcLink('/proc/self/ns/time');
  return {
    bootId: readProcFile('/proc/sys/kernel/random/boot_id')?.trim() ?? null,
    ...(pidNamespace === null ? {} : { pidNamespace }),
    ...(timeNamespace === null ? {} : { timeNamespace }),
  };
}
