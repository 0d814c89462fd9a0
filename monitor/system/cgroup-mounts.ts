import { readProcFile } from './proc-file.ts';

/** Where a hierarchy of cgroups is to be seen, or a part of it. */
export interface CgroupMount {
  readonly folder: string;
  /** The cgroup that lies at the folder: in a container often its own. */
  readonly root: string;
  /** Of version 1; null for the one hierarchy of version 2. */
  readonly controllers: readonly string[] | null;
}

/** Blanks and the like stand as \040 in it. */
const unescaped = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8)));

/** From /proc/<pid>/mountinfo. Source: proc_pid_mountinfo(5). */
export function cgroupMountsIn(mountinfo: string): readonly CgroupMount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , , root, folder] = before.split(' ');
    const [type, , options = ''] = after.split(' ');
    if (root === undefined || folder === undefined || (type !== 'cgroup' && type !== 'cgroup2')) return [];
    const controllers = type === 'cgroup2' ? null : options.split(',');
    return [{ folder: unescaped(folder), root: unescaped(root), controllers }];
  });
}

/** A process's cgroup as a folder: `below` starts with a slash, or is empty. */
export interface CgroupFolder {
  readonly mount: string;
  readonly below: string;
}

/**
 * Where the cgroup of a process is to be seen, by what its /proc/<pid>/cgroup says; null if it lies outside of all that is mounted here.
 * @param controller of version 1; null for version 2.
 */
export function cgroupFolderIn(
  mounts: readonly CgroupMount[],
  cgroups: string,
  controller: string | null,
): CgroupFolder | null {
  const path = pathIn(cgroups, controller ?? '');
  if (path === null) return null;
  for (const { folder, root, controllers } of mounts) {
    if (controller === null ? controllers !== null : controllers?.includes(controller) !== true) continue;
    const above = root === '/' ? '' : root;
    if (path === root || path.startsWith(`${above}/`)) {
      return { mount: folder, below: path.slice(above.length).replace(/\/$/, '') };
    }
  }
  return null;
}

/** Path of a cgroup in its hierarchy; `''` names the one of version 2. One outside of our namespace begins with `/..`. */
function pathIn(cgroups: string, controller: string): string | null {
  for (const line of cgroups.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined || path.startsWith('/..')) continue;
    if (controllers.split(',').includes(controller)) return path;
  }
  return null;
}

let mounted: readonly CgroupMount[] | null = null;

/** The same for a process of this machine. */
export function cgroupFolderOf(pid: number, controller: string | null): CgroupFolder | null {
  mounted ??= cgroupMountsIn(readProcFile('/proc/self/mountinfo') ?? '');
  const cgroups = readProcFile(`/proc/${pid}/cgroup`);
  return cgroups === null ? null : cgroupFolderIn(mounted, cgroups, controller);
}

/** The folders of a cgroup and of those above it, as far as they are to be seen: what limits one limits all below. */
export function foldersUp({ mount, below }: CgroupFolder): readonly string[] {
  const folders: string[] = [];
  for (let at = below; ; at = at.slice(0, at.lastIndexOf('/'))) {
    folders.push(mount + at);
    if (at === '') return folders;
  }
}
