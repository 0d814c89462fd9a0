import { isDue } from '../schedule.ts';
import { OomKillCount } from './cgroup.ts';

/** It costs a few small files, however many processes there are. */
const everyMs = 1000;

/** When OOM kills are counted: every second, and whenever a process ended, for that may have been a kill. */
export class OomLooks {
  readonly #count: OomKillCount;
  #pids: ReadonlySet<number> = new Set();
  #lastMs = Number.NEGATIVE_INFINITY;
  #kills: number | null = null;
  /** A kill was counted, and nothing has ended since. */
  #isOpen = false;

  constructor(count = new OomKillCount()) {
    this.#count = count;
  }

  /**
   * OOM kills so far, as of the last reading.
   * @param pids of all processes that live; `roots` of the topmost ones.
   */
  kills(roots: readonly number[], pids: readonly number[], nowMs: number): number | null {
    const alive = new Set(pids);
    const hasEnded = [...this.#pids].some((pid) => !alive.has(pid));
    this.#pids = alive;
    const before = this.#kills;
    if (hasEnded || isDue(nowMs - this.#lastMs, everyMs)) {
      this.#kills = this.#count.read(roots);
      this.#lastMs = nowMs;
    }
    this.#isOpen = !hasEnded && (this.#isOpen || (before !== null && (this.#kills ?? 0) > before));
    return this.#kills;
  }

  /** Whether there was a kill whose end no look has seen. One since the last reading is read by the next look. */
  isAfterKill(): boolean {
    const hasRisen = this.#count.hasRisen();
    if (hasRisen) this.#lastMs = Number.NEGATIVE_INFINITY;
    return hasRisen || this.#isOpen;
  }
}
