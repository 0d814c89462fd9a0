import { readProcFile } from './proc-file.ts';

/** Path of the process's cgroup under a hierarchy; `''` names the unified one. */
export function cgroupPath(cgroups: string, controller: string): string | null {
  for (const line of cgroups.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers !== undefined && path !== undefined && controllers.split(',').includes(controller)) return path;
  }
  return null;
}

/** OOM kills so far in the process's cgroup: v2 memory.events, else v1 memory.oom_control. Null where neither can be read. */
export function oomKills(pid: number): number | null {
  const cgroups = readProcFile(`/proc/${pid}/cgroup`);
  if (cgroups === null) return null;
  const unified = cgroupPath(cgroups, '');
  const memory = cgroupPath(cgroups, 'memory');
  const text =
    (unified === null ? null : readProcFile(`/sys/fs/cgroup${unified}/memory.events`)) ??
    (memory === null ? null : readProcFile(`/sys/fs/cgroup/memory${memory}/memory.oom_control`));
  const count = /^oom_kill (\d+)$/m.exec(text ?? '')?.[1];
  return count === undefined ? null : Number(count);
}
