import type { AlertLine, ProcessSample } from '../contract/journal/journal.ts';
import type { LogTail } from './probes/log-tail.ts';

/** Alerts for workers that the server's own log says were recycled gracefully. */
export class RecycledWorkers {
  readonly #log: LogTail;
  /** Start by pid, also of processes that have ended: the log may name one after its end. */
  readonly #startTicks = new Map<number, number>();

  constructor(log: LogTail) {
    this.#log = log;
  }

  see(processes: readonly ProcessSample[]): void {
    for (const { pid, startTicks } of processes) this.#startTicks.set(pid, startTicks);
  }

  alerts(atUs: number): readonly AlertLine[] {
    return this.#log.recycledPids().flatMap((pid): AlertLine[] => {
      const startTicks = this.#startTicks.get(pid);
      if (startTicks === undefined) return [];
      return [{ atUs, alert: 'process-recycled', message: `worker ${pid} was recycled gracefully`, pid, startTicks }];
    });
  }
}
