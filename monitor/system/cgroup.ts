import { readProcFile } from './proc-file.ts';

/** Path of the process's cgroup under a hierarchy; `''` names the unified one. */
export function cgroupPath(cgroups: string, controller: string): string | null {
  for (const line of cgroups.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers !== undefined && path !== undefined && controllers.split(',').includes(controller)) return path;
  }
  return null;
}

/** The file that counts OOM kills in the process's cgroup: v2 memory.events, else v1 memory.oom_control; null for none. */
function oomFile(pid: number): { readonly path: string; readonly text: string } | null {
  const cgroups = readProcFile(`/proc/${pid}/cgroup`);
  if (cgroups === null) return null;
  const unified = cgroupPath(cgroups, '');
  const memory = cgroupPath(cgroups, 'memory');
  const paths = [
    ...(unified === null ? [] : [`/sys/fs/cgroup${unified}/memory.events`]),
    ...(memory === null ? [] : [`/sys/fs/cgroup/memory${memory}/memory.oom_control`]),
  ];
  for (const path of paths) {
    const text = readProcFile(path);
    if (text !== null) return { path, text };
  }
  return null;
}

/** OOM kills so far in the processes' cgroups, each cgroup once. Null where none can be read. */
export function oomKills(pids: readonly number[]): number | null {
  const counts = new Map<string, number>();
  for (const pid of pids) {
    const file = oomFile(pid);
    const count = /^oom_kill (\d+)$/m.exec(file?.text ?? '')?.[1];
    if (file !== null && count !== undefined) counts.set(file.path, Number(count));
  }
  return counts.size === 0 ? null : [...counts.values()].reduce((sum, count) => sum + count, 0);
}
