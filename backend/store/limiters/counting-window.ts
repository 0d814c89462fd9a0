import type { Limiter, LimiterSize, QuotaLeft } from './limiter.ts';

/** When the window of a request at `nowMs` began, given when the last one did. */
export type WindowStart = (nowMs: number, lastStartMs: number, windowMs: number) => number;

/** Windows with `limit` places each, one at a time. */
export class CountingWindow implements Limiter {
  readonly #size: LimiterSize;
  readonly #startAt: WindowStart;
  #startMs = Number.NEGATIVE_INFINITY;
  readonly #ids = new Set<string>();

  constructor(size: LimiterSize, startAt: WindowStart) {
    this.#size = size;
    this.#startAt = startAt;
  }

  check(nowMs: number): number | null {
    const { limit, windowMs } = this.#size;
    const startMs = this.#startAt(nowMs, this.#startMs, windowMs);
    return startMs !== this.#startMs || this.#ids.size < limit ? null : startMs + windowMs - nowMs;
  }

  left(nowMs: number): QuotaLeft {
    const { limit, windowMs } = this.#size;
    const startMs = this.#startAt(nowMs, this.#startMs, windowMs);
    const taken = startMs === this.#startMs ? this.#ids.size : 0;
    return { remaining: Math.max(0, limit - taken), resetMs: startMs + windowMs - nowMs };
  }

  add(id: string, nowMs: number): void {
    const startMs = this.#startAt(nowMs, this.#startMs, this.#size.windowMs);
    if (startMs !== this.#startMs) this.#ids.clear();
    this.#startMs = startMs;
    this.#ids.add(id);
  }

  withdraw(id: string): void {
    this.#ids.delete(id);
  }
}
