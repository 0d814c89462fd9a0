import type { Faults } from '../faults.ts';
import type { AdmissionRules } from './admission-rules.ts';
import { MemoryAdmission } from './memory-admission.ts';
import { type Admission, type Claim, type Decision, StoreUnavailable } from './store.ts';

/** Redis, and what a backend does without it that does not ask PostgreSQL. */
export class LostRedisAdmission implements Admission {
  readonly #redis: Admission;
  readonly #rules: AdmissionRules;
  readonly #faults: Faults;
  readonly #memory: MemoryAdmission;

  constructor(redis: Admission, rules: AdmissionRules, faults: Faults) {
    this.#redis = redis;
    this.#rules = rules;
    this.#faults = faults;
    this.#memory = new MemoryAdmission(rules);
  }

  async claim(claim: Claim): Promise<Decision> {
    try {
      const decision = await this.#redis.claim(claim);
      return decision.status === 'accepted' ? { status: 'accepted', id: decision.id } : decision;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      if (this.#faults.has('redis-loss-open')) return { status: 'accepted', id: claim.id };
      if (this.#faults.has('redis-loss-closed'))
        return { status: 'limited', retryAfterMs: this.#rules.limiterMemoryMs };
      return this.#memory.claim(claim);
    }
  }

  async release(claim: Claim): Promise<void> {
    await Promise.all([this.#redis.release(claim), this.#memory.release(claim)]);
  }
}
