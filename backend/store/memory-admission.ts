import type { AdmissionRules } from './admission-rules.ts';
import { IdempotencyKeys } from './idempotency-keys.ts';
import type { Limiter, QuotaLeft } from './limiters/limiter.ts';
import { createLimiter } from './limiters/quota-limits.ts';
import { type Admission, type Claim, type Decision, wholeClaim } from './store.ts';

/** Lives in the supervisor: one thread decides for all workers, so each claim is atomic. */
export class MemoryAdmission implements Admission {
  readonly #rules: AdmissionRules;
  readonly #keys: IdempotencyKeys;
  readonly #limiters = new Map<string, Limiter>();

  constructor(rules: AdmissionRules) {
    this.#rules = rules;
    this.#keys = new IdempotencyKeys(rules.ttlMs, rules.sweepMs);
  }

  async claim({ keyScope, key, quota, id, only = wholeClaim }: Claim): Promise<Decision> {
    const { limiterFirst, repeatRefreshes, refusalsCount } = this.#rules;
    const nowMs = performance.now();
    const scopedKey = `${keyScope}/${key}`;
    const limiter = this.#limiterOf(quota);

    const first = only.look ? this.#keys.find(scopedKey, nowMs) : null;
    const repeatOf = (id: string): Decision => {
      if (repeatRefreshes) this.#keys.remember(scopedKey, id, nowMs);
      return { status: 'duplicate', id };
    };
    if (first !== null && !limiterFirst) return repeatOf(first);

    const retryAfterMs = only.check ? limiter.check(nowMs) : null;
    if (retryAfterMs !== null) {
      if (refusalsCount) limiter.add(id, nowMs);
      return { status: 'limited', retryAfterMs, ...leftOf(limiter, nowMs) };
    }
    if (only.commit) limiter.add(id, nowMs);
    if (first !== null) return repeatOf(first);
    if (only.commit) this.#keys.remember(scopedKey, id, nowMs);
    return { status: 'accepted', id, ...leftOf(limiter, nowMs) };
  }

  async release({ keyScope, key, quota, id }: Claim): Promise<void> {
    const held = this.#keys.forget(`${keyScope}/${key}`, id);
    this.#limiterOf(quota).withdraw(id, held);
  }

  #limiterOf(quota: string): Limiter {
    let limiter = this.#limiters.get(quota);
    if (limiter === undefined) {
      limiter = createLimiter(this.#rules);
      this.#limiters.set(quota, limiter);
    }
    return limiter;
  }
}

function leftOf(limiter: Limiter, nowMs: number): { readonly left?: QuotaLeft } {
  const left = limiter.left?.(nowMs);
  return left === undefined ? {} : { left };
}
