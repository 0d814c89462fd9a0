/** Exact sliding window: admits while fewer than `limit` were admitted in the last `windowMs`. Refusals do not count. */
export class SlidingWindow {
  readonly #limit: number;
  readonly #windowMs: number;
  /** Oldest first, never more than `limit`. */
  readonly #admitted: { readonly atMs: number; readonly id: string }[] = [];

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /**
   * @param nowMs from a clock that never goes back.
   * @returns null if admitted, else the milliseconds until there is room.
   */
  admit(id: string, nowMs: number): number | null {
    let oldest = this.#admitted[0];
    while (oldest !== undefined && nowMs - oldest.atMs >= this.#windowMs) {
      this.#admitted.shift();
      oldest = this.#admitted[0];
    }
    if (oldest !== undefined && this.#admitted.length >= this.#limit) return oldest.atMs + this.#windowMs - nowMs;
    this.#admitted.push({ atMs: nowMs, id });
    return null;
  }

  withdraw(id: string): void {
    const index = this.#admitted.findIndex((admitted) => admitted.id === id);
    if (index >= 0) this.#admitted.splice(index, 1);
  }
}
