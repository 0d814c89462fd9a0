import { availableParallelism } from 'node:os';
import { cgroupPath } from './cgroup.ts';
import { readProcFile } from './proc-file.ts';

/** How many CPUs a list such as `0-3,8` names. */
export function cpusInList(list: string): number {
  return list
    .trim()
    .split(',')
    .reduce((sum, range) => {
      const [first = Number.NaN, last = first] = range.split('-').map(Number);
      return sum + (last - first + 1);
    }, 0);
}

/** CPUs that a quota grants, from cpu.max of cgroup v2 (`200000 100000` is 2); null for `max`, no quota. */
export function coresOfQuota(text: string): number | null {
  const [quota, period] = text.trim().split(' ').map(Number);
  return quota === undefined || period === undefined || !(quota > 0) || !(period > 0) ? null : quota / period;
}

/** A quota holds for everything below: of the process's cgroup and those above it, the smallest counts. */
function quotaOf(pid: number): number {
  const cgroups = readProcFile(`/proc/${pid}/cgroup`) ?? '';
  const cpu = cgroupPath(cgroups, 'cpu');
  const unified = cgroupPath(cgroups, '');
  let smallest = Number.POSITIVE_INFINITY;
  const look = (path: string, read: (folder: string) => string | null): void => {
    for (let at = path; ; at = at.slice(0, at.lastIndexOf('/'))) {
      smallest = Math.min(smallest, coresOfQuota(read(at) ?? '') ?? Number.POSITIVE_INFINITY);
      if (at === '' || at === '/') return;
    }
  };
  if (unified !== null) look(unified, (folder) => readProcFile(`/sys/fs/cgroup${folder}/cpu.max`));
  if (cpu !== null) {
    look(cpu, (folder) => {
      const quota = readProcFile(`/sys/fs/cgroup/cpu${folder}/cpu.cfs_quota_us`);
      const period = readProcFile(`/sys/fs/cgroup/cpu${folder}/cpu.cfs_period_us`);
      return quota === null || period === null ? null : `${quota.trim()} ${period.trim()}`;
    });
  }
  return smallest;
}

/**
 * How many cores a process may use: those of its affinity, and no more than the quota of its cgroups, which may be a fraction.
 * Without /proc, all of the machine.
 */
export function coresOf(pid: number): number {
  const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readProcFile(`/proc/${pid}/status`) ?? '')?.[1];
  const allowed = list === undefined ? availableParallelism() : cpusInList(list);
  return Math.min(allowed, quotaOf(pid));
}
