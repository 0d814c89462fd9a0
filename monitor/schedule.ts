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
