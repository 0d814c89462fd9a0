import { closeSync } from 'node:fs';
import { openProcFile, type ProcStat, parseStat, readOpenLine, readStat } from './proc-file.ts';

/** Of the open files that this process may have. */
const maxKept = 512;

/**
 * `/proc/<pid>/stat` of processes that are looked at again and again. The files stay open: such a file goes on telling of the process that
 * it was opened for, whoever has its pid later.
 */
export class KeptStats {
  readonly #files = new Map<number, number>();

  /** Null as with readStat. */
  read(pid: number): ProcStat | null {
    const kept = this.#files.get(pid);
    const text = kept === undefined ? null : readOpenLine(kept);
    if (text !== null) return parseStat(text);
    this.#close(pid);
    if (this.#files.size >= maxKept) return readStat(pid);
    const file = openProcFile(`/proc/${pid}/stat`);
    if (file === null) return null;
    this.#files.set(pid, file);
    const first = readOpenLine(file);
    return first === null ? null : parseStat(first);
  }

  /** Forgets all other processes. */
  keepOnly(pids: ReadonlySet<number>): void {
    for (const pid of this.#files.keys()) if (!pids.has(pid)) this.#close(pid);
  }

  #close(pid: number): void {
    const file = this.#files.get(pid);
    if (file !== undefined) closeSync(file);
    this.#files.delete(pid);
  }
}
