import { cgroupFolderOf } from './cgroup-mounts.ts';
import { readProcFile } from './proc-file.ts';

/** The file that counts OOM kills in the process's cgroup: v2 memory.events, else v1 memory.oom_control; null for none. */
function oomFile(pid: number): { readonly path: string; readonly text: string } | null {
  const unified = cgroupFolderOf(pid, null);
  const memory = cgroupFolderOf(pid, 'memory');
  const paths = [
    ...(unified === null ? [] : [`${unified.mount}${unified.below}/memory.events`]),
    ...(memory === null ? [] : [`${memory.mount}${memory.below}/memory.oom_control`]),
  ];
  for (const path of paths) {
    const text = readProcFile(path);
    if (text !== null) return { path, text };
  }
  return null;
}

/** What such a file counts; null if it does not count kills, as on kernels before 4.13. */
export function oomKillsIn(text: string): number | null {
  const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return count === undefined ? null : Number(count);
}

/** OOM kills so far in the processes' cgroups, each cgroup once. Null where none can be read. */
export function oomKills(pids: readonly number[]): number | null {
  const counts = new Map<string, number>();
  for (const pid of pids) {
    const file = oomFile(pid);
    const count = oomKillsIn(file?.text ?? '');
    if (file !== null && count !== null) counts.set(file.path, count);
  }
  return counts.size === 0 ? null : [...counts.values()].reduce((sum, count) => sum + count, 0);
}
