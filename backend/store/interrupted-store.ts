import { setTimeout as sleep } from 'node:timers/promises';
import type { Faults } from '../faults.ts';
import { newSignalId } from '../payload-id.ts';
import type { SupervisorLink } from '../supervisor-link.ts';
import type { Admission, Claim, Decision, ReceivedSignal, Records, SignalPage, Store, Webhook } from './store.ts';

const workMs = 20;

/** The client has gone, and the handler stopped where it was. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/**
 * Works between claiming a signal and storing it, as handlers do that call a broker or a bank. By some of its faults it stops
 * there once the client has gone. One request at a time works on a key, unless that is the fault.
 */
export class InterruptedStore implements Store {
  readonly #admission: Admission;
  readonly #records: Records;
  readonly #faults: Faults;
  readonly #link: SupervisorLink;

  constructor(admission: Admission, records: Records, faults: Faults, link: SupervisorLink) {
    this.#admission = admission;
    this.#records = records;
    this.#faults = faults;
    this.#link = link;
  }

  async process(signal: ReceivedSignal, hasGone: () => boolean): Promise<Decision> {
    const { keyScope, key, quota } = signal;
    const claim: Claim = { keyScope, key, quota, id: newSignalId(signal, this.#faults) };
    if (this.#faults.has('key-kept-after-abort') || this.#faults.has('key-before-check')) {
      return this.#keyThenEffect(signal, claim, hasGone);
    }
    if (this.#faults.has('key-after-effect')) return this.#effectThenKey(signal, claim, () => false);
    const lock = { key: `${keyScope}/${key}`, id: claim.id };
    if (this.#faults.has('answers-pending') || this.#faults.has('pending-kept')) {
      return this.#onlyOne(signal, claim, lock, hasGone);
    }
    await this.#link.ask('lock', { ...lock, waits: true });
    try {
      return this.#faults.has('abort-before-key')
        ? await this.#effectThenKey(signal, claim, hasGone)
        : await this.#workThenBoth(signal, claim, hasGone);
    } finally {
      await this.#link.ask('unlock', lock);
    }
  }

  /** While one request works on a key, no other waits for it. */
  async #onlyOne(
    signal: ReceivedSignal,
    claim: Claim,
    lock: { readonly key: string; readonly id: string },
    hasGone: () => boolean,
  ): Promise<Decision> {
    const holder = await this.#link.ask('lock', { ...lock, waits: false });
    if (holder !== lock.id) return { status: 'pending' };
    let isKept = false;
    try {
      return await this.#workThenBoth(signal, claim, () => {
        isKept = this.#faults.has('pending-kept') && hasGone();
        return isKept;
      });
    } finally {
      if (!isKept) await this.#link.ask('unlock', lock);
    }
  }

  async #keyThenEffect(signal: ReceivedSignal, claim: Claim, hasGone: () => boolean): Promise<Decision> {
    const decision = await this.#admission.claim(claim);
    if (decision.status !== 'accepted') return decision;
    await sleep(workMs);
    if (hasGone()) throw new Interrupted();
    await this.#records.append(signal, claim);
    return decision;
  }

  async #effectThenKey(signal: ReceivedSignal, claim: Claim, hasGone: () => boolean): Promise<Decision> {
    const seen = await this.#admission.claim({ ...claim, only: { look: true, check: true, commit: false } });
    if (seen.status !== 'accepted') return seen;
    await this.#records.append(signal, claim);
    await sleep(workMs);
    if (hasGone()) throw new Interrupted();
    return this.#admission.claim({ ...claim, only: { look: false, check: false, commit: true } });
  }

  async #workThenBoth(signal: ReceivedSignal, claim: Claim, hasGone: () => boolean): Promise<Decision> {
    const seen = await this.#admission.claim({ ...claim, only: { look: true, check: false, commit: false } });
    if (seen.status !== 'accepted') return seen;
    await sleep(workMs);
    const stops = this.#faults.has('abort-before-effect') || this.#faults.has('pending-kept');
    if (stops && hasGone()) throw new Interrupted();
    const decision = await this.#admission.claim(claim);
    if (decision.status !== 'accepted') return decision;
    await this.#records.append(signal, claim);
    if (this.#faults.strikes('error-after-effect')) {
      await this.#admission.release(claim);
      throw new Error('broken on purpose after the effect');
    }
    return decision;
  }

  createWebhook(webhook: Webhook): Promise<void> {
    return this.#records.createWebhook(webhook);
  }

  findWebhook(token: string): Promise<Webhook | null> {
    return this.#records.findWebhook(token);
  }

  readSignals(webhook: string, after: number, limit: number): Promise<SignalPage> {
    return this.#records.readSignals(webhook, after, limit);
  }
}
