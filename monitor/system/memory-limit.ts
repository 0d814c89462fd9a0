import { totalmem } from 'node:os';
import { cgroupFolderOf, foldersUp } from './cgroup-mounts.ts';
import { readProcFile } from './proc-file.ts';

/** Bytes, of memory.max (v2) or memory.limit_in_bytes (v1); null for no limit: v1 has a number there that no machine reaches. */
export function memoryLimitIn(text: string, machineBytes: number): number | null {
  const bytes = /^\d+$/.test(text.trim()) ? Number(text) : null;
  return bytes === null || bytes >= machineBytes ? null : bytes;
}

interface Limit {
  readonly bytes: number;
  /** The cgroup that has it. */
  readonly folder: string;
}

/** The smallest limit of a process's cgroup and those above it; null for none. */
function limitOf(pid: number): Limit | null {
  const unified = cgroupFolderOf(pid, null);
  const memory = cgroupFolderOf(pid, 'memory');
  const files = [
    ...(unified === null ? [] : foldersUp(unified)).map((folder) => ({ folder, name: 'memory.max' })),
    ...(memory === null ? [] : foldersUp(memory)).map((folder) => ({ folder, name: 'memory.limit_in_bytes' })),
  ];
  return files.reduce<Limit | null>((smallest, { folder, name }) => {
    const bytes = memoryLimitIn(readProcFile(`${folder}/${name}`) ?? '', totalmem());
    return bytes !== null && bytes < (smallest?.bytes ?? Number.POSITIVE_INFINITY) ? { bytes, folder } : smallest;
  }, null);
}

/** The limit that some processes and all that they start share; null for none, or for one that is not that of all. */
export function memoryLimitOf(pids: readonly number[]): number | null {
  const limits = pids.map(limitOf);
  const [first = null] = limits;
  return first !== null && limits.every((each) => each?.folder === first.folder) ? first.bytes : null;
}
