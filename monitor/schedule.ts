import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Ticks at start + n · interval: lateness of one never delays the next, and ticks that have passed meanwhile are skipped.
 * Ends when the signal aborts.
 * @param nowMs a clock that never goes back.
 */
export async function* ticks(
  intervalMs: number,
  stop: AbortSignal,
  nowMs: () => number = () => performance.now(),
): AsyncGenerator<number> {
  const startMs = nowMs();
  let n = 0;
  while (!stop.aborted) {
    yield n;
    n = Math.max(n + 1, Math.ceil((nowMs() - startMs) / intervalMs));
    try {
      await sleep(Math.max(0, startMs + n * intervalMs - nowMs()), undefined, { signal: stop });
    } catch (error) {
      if (!stop.aborted) throw error;
    }
  }
}

/**
 * How long between two costly looks: at page tables (PSS, 0.3 ms of our CPU a process on a fast machine, 2 ms on a slow one), open
 * files and sockets. Every second for the eight processes of a usual server, less often for larger trees.
 */
export function costlyLookMs(processes: number): number {
  return 1000 * Math.max(1, Math.ceil(processes / 8));
}

/** Of a core, for costly looks of one kind at a large tree. */
const costlyShare = 0.004;

/** When to take a costly look again: as costlyLookMs says, and at a large tree later if the last one cost more than its share of a core. */
export class CostlyLooks {
  readonly #rarestMs: number;
  readonly #cpuMs: () => number;
  #lastMs = Number.NEGATIVE_INFINITY;
  #costMs = 0;

  /** @param rarestMs never rarer than this, whatever a look costs. */
  constructor(rarestMs: number, cpuMs: () => number = ownCpuMs) {
    this.#rarestMs = rarestMs;
    this.#cpuMs = cpuMs;
  }

  isDue(nowMs: number, processes: number): boolean {
    const usualMs = costlyLookMs(processes);
    const affordableMs = usualMs > 1000 ? Math.min(this.#costMs / costlyShare, this.#rarestMs) : 0;
    return isDue(nowMs - this.#lastMs, Math.max(usualMs, affordableMs));
  }

  /** Takes the look, and notes its cost. */
  take<T>(nowMs: number, look: () => T): T {
    this.#lastMs = nowMs;
    const before = this.#cpuMs();
    const seen = look();
    this.#costMs = this.#cpuMs() - before;
    return seen;
  }
}

/** CPU time of this process so far. */
function ownCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** A little early is on time: ticks come a moment before or after their second. */
export function isDue(elapsedMs: number, everyMs: number): boolean {
  return elapsedMs >= everyMs * 0.95;
}

/** The longest delay of setTimeout, 24.8 days; a longer one would end at once. */
const maxTimerMs = 2 ** 31 - 1;

/**
 * Calls back after any time, also after months.
 * @returns what ends the wait.
 */
export function startTimer(ms: number, then: () => void): () => void {
  let leftMs = ms;
  let timer: NodeJS.Timeout;
  function wait(): void {
    const partMs = Math.min(leftMs, maxTimerMs);
    leftMs -= partMs;
    timer = setTimeout(() => (leftMs > 0 ? wait() : then()), partMs);
  }
  wait();
  return () => clearTimeout(timer);
}
