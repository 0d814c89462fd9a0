import { setTimeout as sleepFor } from 'node:timers/promises';
import { exitCodes } from '../../contract/report/criteria.ts';
import { killAllChildren } from '../processes/child.ts';
import { interruptSignals } from './early-interrupt.ts';

/** Until when, after an interrupt, each part of the run must have ended: together they stay below 15 s. */
export const endsByMs = { generator: 6_000, restart: 7_000, monitor: 8_500, backend: 10_000, report: 14_000 } as const;

/** What a step throws that an interrupt has ended before it could begin its work. */
export class Interrupted extends Error {}

/**
 * Ctrl-C, SIGTERM and a closed terminal: the first asks for a graceful end with a partial report within 15 s, the second ends
 * the run at once.
 */
export class Interrupt {
  readonly #controller = new AbortController();
  readonly #onSignal = (): void => this.#receive();
  readonly #onFirst: () => void;
  #onSecond: () => void = () => {};
  #requestedMs = Number.POSITIVE_INFINITY;
  /** End at once what is waited for. */
  readonly #kills = new Set<() => unknown>();

  /** @param onFirst is called at the first interrupt, to tell people. */
  constructor(onFirst: () => void) {
    this.#onFirst = onFirst;
  }

  /** Aborts at the first interrupt. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get requested(): boolean {
    return this.signal.aborted;
  }

  /** What tells people that a second interrupt ends all at once. */
  tellSecond(tell: () => void): void {
    this.#onSecond = tell;
  }

  listen(): void {
    for (const signal of interruptSignals) process.on(signal, this.#onSignal);
  }

  stopListening(): void {
    for (const signal of interruptSignals) process.off(signal, this.#onSignal);
  }

  /**
   * Waits for `work`. At an interrupt, now or before, it calls `end`, which asks the work to end, and `kill` if it has not ended
   * so many ms after the interrupt, or at a second one.
   */
  async during<T>(work: Promise<T>, { end, kill, byMs }: { end(): void; kill(): unknown; byMs: number }): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      end();
      timer = setTimeout(kill, Math.max(0, byMs - (performance.now() - this.#requestedMs)));
    };
    if (this.requested) onAbort();
    else this.signal.addEventListener('abort', onAbort, { once: true });
    this.#kills.add(kill);
    try {
      return await work;
    } finally {
      this.#kills.delete(kill);
      clearTimeout(timer);
      this.signal.removeEventListener('abort', onAbort);
    }
  }

  /** Returns early, and without complaint, when interrupted. */
  async sleep(ms: number): Promise<void> {
    if (this.requested) return;
    try {
      await sleepFor(ms, undefined, { signal: this.signal });
    } catch (error) {
      if (!this.requested) throw error;
    }
  }

  #receive(): void {
    if (this.requested) {
      this.#onSecond();
      this.#onSecond = () => {};
      killAllChildren();
      void Promise.allSettled([...this.#kills].map((kill) => kill())).then(() => process.exit(exitCodes.interrupted));
      return;
    }
    this.#requestedMs = performance.now();
    this.#onFirst();
    this.#controller.abort();
  }
}
