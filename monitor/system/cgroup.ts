import { cgroupFolderOf } from './cgroup-mounts.ts';
import { readProcFile } from './proc-file.ts';

/** The files that may count OOM kills in the process's cgroup: v2 memory.events, else v1 memory.oom_control. */
function oomFiles(pid: number): readonly string[] {
  const unified = cgroupFolderOf(pid, null);
  const memory = cgroupFolderOf(pid, 'memory');
  return [
    ...(unified === null ? [] : [`${unified.mount}${unified.below}/memory.events`]),
    ...(memory === null ? [] : [`${memory.mount}${memory.below}/memory.oom_control`]),
  ];
}

/** What such a file counts; null if it does not count kills, as on kernels before 4.13. */
export function oomKillsIn(text: string): number | null {
  const count = /^oom_kill (\d+)$/m.exec(text)?.[1];
  return count === undefined ? null : Number(count);
}

/** Where counts are found, and how they are read; a test has its own. */
export interface OomFiles {
  readonly filesOf: (pid: number) => readonly string[];
  readonly read: (path: string) => string | null;
}

/**
 * OOM kills in the cgroups of processes that come and go, each cgroup once. The count never goes back: what a cgroup counted before it was
 * seen stays out of the rise, and one that was made anew counts from 0.
 */
export class OomKillCount {
  readonly #files: OomFiles;
  /** By file, what it counted last. */
  readonly #last = new Map<string, number>();
  #watched: readonly string[] = [];
  #kills: number | null = null;

  constructor(files: OomFiles = { filesOf: oomFiles, read: readProcFile }) {
    this.#files = files;
  }

  /**
   * So far; null where none can be read, or nobody lives.
   * @param pids of those that live, or lived a moment ago. After the last end the files are read once more, for that may have been a kill.
   */
  read(pids: readonly number[]): number | null {
    const found = this.#filesOf(pids);
    const isAfterEnd = found.length === 0;
    const files = isAfterEnd ? this.#watched : found;
    this.#watched = isAfterEnd ? [] : files;
    const counts = this.#countsIn(files);
    if (counts.length === 0) return null;
    const isFirst = this.#kills === null;
    for (const [path, count] of counts) {
      const last = this.#last.get(path) ?? (isFirst ? 0 : count);
      this.#kills = (this.#kills ?? 0) + (count < last ? count : count - last);
      this.#last.set(path, count);
    }
    return this.#kills;
  }

  /** Whether more kills are counted than at the last reading, in what was read then. */
  hasRisen(): boolean {
    return this.#countsIn(this.#watched).some(([path, count]) => count > (this.#last.get(path) ?? count));
  }

  #countsIn(files: readonly string[]): readonly (readonly [string, number])[] {
    return files.flatMap((path) => {
      const count = oomKillsIn(this.#files.read(path) ?? '');
      return count === null ? [] : [[path, count] as const];
    });
  }

  #filesOf(pids: readonly number[]): readonly string[] {
    return [
      ...new Set(pids.flatMap((pid) => this.#files.filesOf(pid).find((path) => this.#files.read(path) !== null) ?? [])),
    ];
  }
}
