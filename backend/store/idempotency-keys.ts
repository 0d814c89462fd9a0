/** Keys remembered for `ttlMs` from when they were last remembered. */
export class IdempotencyKeys {
  readonly #ttlMs: number;
  /** In order of `atMs`, because every key lives equally long: expired ones are at the front. */
  readonly #keys = new Map<string, { readonly id: string; readonly atMs: number }>();

  constructor(ttlMs: number) {
    this.#ttlMs = ttlMs;
  }

  /** The id under which the key is remembered at `nowMs` of a clock that never goes back, or null. */
  find(key: string, nowMs: number): string | null {
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
