/** Keys remembered for `ttlMs` from when they were last remembered, and on to the next sweep where they are swept. */
export class IdempotencyKeys {
  readonly #ttlMs: number;
  readonly #sweepMs: number;
  /** In order of `atMs`, because every key lives equally long: expired ones are at the front. */
  readonly #keys = new Map<string, { readonly id: string; readonly atMs: number }>();

  /** @param sweepMs from one sweep to the next; 0 forgets each key on its own time. */
  constructor(ttlMs: number, sweepMs = 0) {
    this.#ttlMs = ttlMs;
    this.#sweepMs = sweepMs;
  }

  /** The id under which the key is remembered at `nowMs` of a clock that never goes back, or null. */
  find(key: string, givenMs: number): string | null {
    const nowMs = this.#sweepMs === 0 ? givenMs : Math.floor(givenMs / this.#sweepMs) * this.#sweepMs;
    for (const [oldKey, { atMs }] of this.#keys) {
      if (nowMs - atMs < this.#ttlMs) break;
      this.#keys.delete(oldKey);
    }
    return this.#keys.get(key)?.id ?? null;
  }

  remember(key: string, id: string, nowMs: number): void {
    this.#keys.delete(key);
    this.#keys.set(key, { id, atMs: nowMs });
  }

  /** Whether the key was held under that id. */
  forget(key: string, id: string): boolean {
    return this.#keys.get(key)?.id === id && this.#keys.delete(key);
  }
}
