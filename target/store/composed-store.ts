import { randomUUID } from 'node:crypto';
import type { Faults } from '../faults.ts';
import { log, messageOf } from '../log.ts';
import type { Admission, Claim, Decision, ReceivedSignal, Records, SignalPage, Store, Webhook } from './store.ts';

/** Processes a signal: claims it, stores it, and gives the claim back where storing failed. */
export class ComposedStore implements Store {
  readonly #admission: Admission;
  readonly #records: Records;
  readonly #faults: Faults;
  #duplicates = 0;

  constructor(admission: Admission, records: Records, faults: Faults) {
    this.#admission = admission;
    this.#records = records;
    this.#faults = faults;
  }

  /**
   * Throws what stopped it. A repeat that arrives while its first is still being stored is answered as a duplicate even
   * if that then fails: the first one's sender was told of the failure.
   */
  async process(signal: ReceivedSignal): Promise<Decision> {
    const claim: Claim = { webhook: signal.webhook, key: signal.key, id: randomUUID() };
    try {
      const decision = await this.#admission.claim(claim);
      if (decision.status === 'accepted') await this.#records.append(signal);
      if (decision.status === 'duplicate') await this.#processAgainIfBroken(signal);
      return decision;
    } catch (error) {
      // A claim whose answer was lost may have been admitted: it is given back, too.
      await this.#admission.release(claim).catch((releaseError: unknown) => {
        log('error', `a claim could not be released: ${messageOf(releaseError)}`);
      });
      throw error;
    }
  }

  async #processAgainIfBroken(duplicate: ReceivedSignal): Promise<void> {
    const every = this.#faults.value('duplicate-twice');
    if (every === null) return;
    this.#duplicates += 1;
    if (this.#duplicates % every === 0) await this.#records.append(duplicate);
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
