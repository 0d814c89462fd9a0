import type { Faults } from '../faults.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';
import { SlidingWindow } from './sliding-window.ts';
import type { Admission, Claim, Decision } from './store.ts';

/** Lives in the supervisor: one thread decides for all workers, so each claim is atomic. */
export class MemoryAdmission implements Admission {
  readonly #keys: IdempotencyKeys;
  readonly #windows = new Map<string, SlidingWindow>();
  readonly #settings: { readonly limit: number; readonly windowMs: number; readonly ttlMs: number };
  readonly #faults: Faults;

  constructor(settings: { limit: number; windowMs: number; ttlMs: number }, faults: Faults) {
    this.#settings = settings;
    this.#keys = new IdempotencyKeys(settings.ttlMs);
    this.#faults = faults;
  }

  async claim({ webhook, key, id }: Claim): Promise<Decision> {
    const nowMs = performance.now();
    const scopedKey = `${webhook}/${key}`;
    const first = this.#keys.find(scopedKey, nowMs);
    if (first !== null) return { status: 'duplicate', id: first };
    if (!this.#faults.has('limiter-absent')) {
      const retryAfterMs = this.#windowOf(webhook).admit(id, nowMs);
      if (retryAfterMs !== null) return { status: 'limited', retryAfterMs };
    }
    this.#keys.remember(scopedKey, id, nowMs);
    return { status: 'accepted', id };
  }

  async release({ webhook, key, id }: Claim): Promise<void> {
    this.#keys.forget(`${webhook}/${key}`, id);
    this.#windowOf(webhook).withdraw(id);
  }

  #windowOf(webhook: string): SlidingWindow {
    let window = this.#windows.get(webhook);
    if (window === undefined) {
      window = new SlidingWindow(this.#settings.limit, this.#settings.windowMs);
      this.#windows.set(webhook, window);
    }
    return window;
  }
}
