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
  /** It used no CPU between the last two readings of all, so its memory hardly changes until the next one. */
  isResting: boolean;
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
    const known = kept === undefined ? null : isKnown(pid, kept, nowMs) ? kept.last : readOn(kept, nowMs);
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
      const kept = { stat, statm, last: null, isResting: false };
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

/** Whether nothing can be new but its end, which is asked for at a fraction of the cost of a reading. */
function isKnown(pid: number, { last, isResting }: Kept, nowMs: number): boolean {
  return last !== null && isResting && !isDue(nowMs - last.atMs, wholeEveryMs) && isThere(pid);
}

/** Whether a process has this pid, dead ones that are not reaped among them. */
function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
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
  kept.isResting = stat !== null && last?.stat.cpuTicks === stat.cpuTicks;
  kept.last = stat === null ? null : { stat: { ...stat, rssBytes }, atMs: nowMs };
  return kept.last;
}
