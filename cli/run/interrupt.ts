import { setTimeout as sleepFor } from 'node:timers/promises';

/** Ctrl-C and SIGTERM: the first asks for an end in order, with a partial report; the second for one at once. */
export class Interrupt {
  private readonly controller = new AbortController();
  private readonly onSignal = (): void => this.receive();
  private kill: (() => void) | null = null;
  requested = false;

  listen(): void {
    process.on('SIGINT', this.onSignal);
    process.on('SIGTERM', this.onSignal);
  }

  stopListening(): void {
    process.off('SIGINT', this.onSignal);
    process.off('SIGTERM', this.onSignal);
  }

  /**
   * Does `work`, and while it goes on passes interrupts to it.
   * @param end asks the work to end in order; @param kill ends it at once.
   */
  async during<T>(work: Promise<T>, end: () => void, kill: () => void): Promise<T> {
    this.kill = kill;
    this.controller.signal.addEventListener('abort', end, { once: true });
    try {
      return await work;
    } finally {
      this.kill = null;
      this.controller.signal.removeEventListener('abort', end);
    }
  }

  /** Returns early, and without complaint, when interrupted. */
  async sleep(ms: number): Promise<void> {
    if (this.requested) return;
    try {
      await sleepFor(ms, undefined, { signal: this.controller.signal });
    } catch (error) {
      if (!this.requested) throw error;
    }
  }

  private receive(): void {
    if (this.requested) this.kill?.();
    this.requested = true;
    this.controller.abort();
  }
}
