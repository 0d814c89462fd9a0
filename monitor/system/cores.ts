import { availableParallelism } from 'node:os';
import { type CgroupFolder, cgroupFolderOf, foldersUp } from './cgroup-mounts.ts';
import { readProcFile } from './proc-file.ts';

/** The CPUs that a list such as `0-3,8` names. */
export function cpusInList(list: string): readonly number[] {
  return list
    .trim()
    .split(',')
    .flatMap((range) => {
      const [first = Number.NaN, last = first] = range.split('-').map(Number);
      return Number.isNaN(first + last) ? [] : Array.from({ length: last - first + 1 }, (_, n) => first + n);
    });
}

/** CPUs that a quota grants, from cpu.max of cgroup v2 (`200000 100000` is 2); null for `max`, no quota. */
export function coresOfQuota(text: string): number | null {
  const [quota, period] = text.trim().split(' ').map(Number);
  return quota === undefined || period === undefined || !(quota > 0) || !(period > 0) ? null : quota / period;
}

interface Quota {
  readonly cores: number;
  /** The cgroup that has it. */
  readonly folder: string;
}

/** A quota holds for everything below: of the process's cgroup and those above it, the smallest counts. Null for none. */
function quotaOf(pid: number): Quota | null {
  let smallest: Quota | null = null;
  const look = (place: CgroupFolder | null, read: (folder: string) => string | null): void => {
    for (const folder of place === null ? [] : foldersUp(place)) {
      const cores = coresOfQuota(read(folder) ?? '');
      if (cores !== null && cores < (smallest?.cores ?? Number.POSITIVE_INFINITY)) smallest = { cores, folder };
    }
  };
  look(cgroupFolderOf(pid, null), (folder) => readProcFile(`${folder}/cpu.max`));
  look(cgroupFolderOf(pid, 'cpu'), (folder) => {
    const quota = readProcFile(`${folder}/cpu.cfs_quota_us`);
    const period = readProcFile(`${folder}/cpu.cfs_period_us`);
    return quota === null || period === null ? null : `${quota.trim()} ${period.trim()}`;
  });
  return smallest;
}

/** The CPUs of a process's affinity; null where there is no /proc. */
function affinityOf(pid: number): readonly number[] | null {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readProcFile(`/proc/${pid}/status`) ?? '')?.[1];
  return list === undefined ? null : cpusInList(list);
}

/**
 * How many cores some processes may use together: those of their affinities, and no more than the quotas of their cgroups, which may be
 * fractions. Those of one cgroup share its quota. Without /proc, all of the machine.
 */
export function coresOf(...pids: readonly number[]): number {
  const cpus = new Set<number>();
  const quotas = new Map<string, number>();
  let isBound = true;
  for (const pid of pids) {
    const affinity = affinityOf(pid);
    if (affinity === null) return availableParallelism();
    for (const cpu of affinity) cpus.add(cpu);
    const quota = quotaOf(pid);
    if (quota === null) isBound = false;
    else quotas.set(quota.folder, quota.cores);
  }
  const granted = [...quotas.values()].reduce((sum, cores) => sum + cores, 0);
  return isBound ? Math.min(cpus.size, granted) : cpus.size;
}
