import { closeSync } from 'node:fs';
import { isDue } from '../schedule.ts';
import { openProcFile, type ProcStat, parseStat, readOpenLine, readStat, residentIn } from './proc-file.ts';

/** A process as it was a moment ago. */
export interface StatAt {
  readonly stat: ProcStat;
  /** When all of it was read; its resident size may be newer. */
  readonly atMs: number;
}

interface Kept {
  /**
   * Open: stat, and statm, which tells resident memory alone, at a fraction of the cost. Since Linux 6.16 it is also exact, where stat may be
   * off by some hundred kilobytes.
   */
  readonly stat: number;
  readonly statm: number;
  last: StatAt | null;
}

/** Each has two open files. */
const maxKept = 256;

/** What else `stat` says is not used more often: CPU is measured over a second at least. */
const wholeEveryMs = 1000;

/**
 * `/proc/<pid>/stat` of processes that are looked at again and again. The files stay open: such a file goes on telling of the process that
 * it was opened for, whoever has its pid later.
 */
export class KeptStats {
  readonly #kept = new Map<number, Kept>();

  /** Null as with readStat. @param nowMs a clock that never goes back. */
  read(pid: number, nowMs: number): StatAt | null {
    const kept = this.#kept.get(pid);
    const known = kept === undefined ? null : readOn(kept, nowMs);
    if (known !== null) return known;
    this.#close(pid);
    if (this.#kept.size >= maxKept) {
      const stat = readStat(pid);
      return stat === null ? null : { stat, atMs: nowMs };
    }
    const opened = this.#open(pid);
    return opened === null ? null : readOn(opened, nowMs);
  }

  /** Forgets all other processes. */
  keepOnly(pids: ReadonlySet<number>): void {
    for (const pid of this.#kept.keys()) if (!pids.has(pid)) this.#close(pid);
  }

  #open(pid: number): Kept | null {
    const [stat, statm] = ['stat', 'statm'].map((name) => openProcFile(`/proc/${pid}/${name}`));
    if (typeof stat === 'number' && typeof statm === 'number') {
      const kept = { stat, statm, last: null };
      this.#kept.set(pid, kept);
      return kept;
    }
    for (const file of [stat, statm]) if (typeof file === 'number') closeSync(file);
    return null;
  }

  #close(pid: number): void {
    const kept = this.#kept.get(pid);
    if (kept === undefined) return;
    closeSync(kept.stat);
    closeSync(kept.statm);
    this.#kept.delete(pid);
  }
}

/** Null once the process has ended. */
function readOn(kept: Kept, nowMs: number): StatAt | null {
  const rssBytes = residentIn(readOpenLine(kept.statm) ?? '');
  if (rssBytes === null) return null;
  const { last } = kept;
  // One that is dead and not reaped has no memory, nor has one that is swapped out.
  if (last !== null && rssBytes > 0 && !isDue(nowMs - last.atMs, wholeEveryMs)) {
    if (rssBytes !== last.stat.rssBytes) kept.last = { stat: { ...last.stat, rssBytes }, atMs: last.atMs };
    return kept.last;
  }
  const stat = parseStat(readOpenLine(kept.stat) ?? '');
  kept.last = stat === null ? null : { stat: { ...stat, rssBytes }, atMs: nowMs };
  return kept.last;
}
