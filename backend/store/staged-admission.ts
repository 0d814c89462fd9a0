import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from '../faults.ts';
import type { SupervisorLink } from '../supervisor-link.ts';
import type { Admission, Claim, Decision } from './store.ts';

const workMs = 20;

/**
 * Decides in two round-trips what is healthy only in one: look and check, then commit. What another request does between the two
 * goes unseen.
 */
export class StagedAdmission implements Admission {
  readonly #inner: Admission;
  readonly #faults: Faults;

  constructor(inner: Admission, faults: Faults) {
    this.#inner = inner;
    this.#faults = faults;
  }

  async claim(claim: Claim): Promise<Decision> {
    const limiterRace = this.#faults.has('limiter-race');
    const seen = await this.#inner.claim({ ...claim, only: { look: true, check: limiterRace, commit: false } });
    if (seen.status !== 'accepted') return seen;
    const lookAgain = !this.#faults.has('idempotency-race');
    return this.#inner.claim({ ...claim, only: { look: lookAgain, check: !limiterRace, commit: true } });
  }

  release(claim: Claim): Promise<void> {
    return this.#inner.release(claim);
  }
}

/**
 * Decides under a lock of the signal's key, with work between looking the key up and remembering it. That is as good as one step
 * for as long as the lock holds.
 */
export class LockedAdmission implements Admission {
  readonly #inner: Admission;
  readonly #faults: Faults;
  readonly #link: SupervisorLink;

  constructor(inner: Admission, faults: Faults, link: SupervisorLink) {
    this.#inner = inner;
    this.#faults = faults;
    this.#link = link;
  }

  async claim(claim: Claim): Promise<Decision> {
    const lock = { key: `${claim.keyScope}/${claim.key}`, id: claim.id };
    const holder = await this.#link.ask('lock', { ...lock, waits: !this.#faults.has('lock-kept') });
    if (holder !== claim.id) return { status: 'duplicate', id: holder };
    try {
      const seen = await this.#inner.claim({ ...claim, only: { look: true, check: false, commit: false } });
      if (seen.status !== 'accepted') return seen;
      await sleep(workMs);
      if (await this.#link.ask('mayDie', lock.key)) process.kill(process.pid, 'SIGKILL');
      return await this.#inner.claim({ ...claim, only: { look: false, check: true, commit: true } });
    } finally {
      await this.#link.ask('unlock', lock);
    }
  }

  release(claim: Claim): Promise<void> {
    return this.#inner.release(claim);
  }
}
