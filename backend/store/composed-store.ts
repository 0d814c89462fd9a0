import type { Faults } from '../faults.ts';
import { log, messageOf } from '../log.ts';
import { newSignalId } from '../payload-id.ts';
import type { PostgresAdmission } from './postgres-admission.ts';
import {
  type Admission,
  type Claim,
  type Decision,
  type ReceivedSignal,
  type Records,
  type SignalPage,
  type Store,
  StoreUnavailable,
  type Webhook,
} from './store.ts';

/** Decides where the admission cannot. */
export type Fallback = Pick<PostgresAdmission, 'process'>;

/** Processes a signal: claims it, stores it, and gives the claim back where storing failed. */
export class ComposedStore implements Store {
  readonly #admission: Admission;
  readonly #records: Records;
  readonly #fallback: Fallback | null;
  readonly #faults: Faults;
  #duplicates = 0;

  /** @param fallback decides where the admission cannot; null where nothing else can. */
  constructor(admission: Admission, records: Records, fallback: Fallback | null, faults: Faults) {
    this.#admission = admission;
    this.#records = records;
    this.#fallback = fallback;
    this.#faults = faults;
  }

  /**
   * Throws what stopped it. A repeat that arrives while its first is still being stored is answered as a duplicate even
   * if that then fails: the first one's sender was told of the failure.
   */
  async process(signal: ReceivedSignal): Promise<Decision> {
    const { keyScope, key, quota } = signal;
    const claim: Claim = { keyScope, key, quota, id: newSignalId(signal, this.#faults) };
    let decision: Decision | null;
    let isLate = false;
    try {
      ({ decision, isLate } = await this.#claim(claim));
      if (decision?.status === 'duplicate') await this.#processAgainIfBroken(signal, decision.id);
      if (decision !== null && decision.status !== 'accepted') return decision;
      const isFinal = decision !== null && (this.#fallback === null || decision.provisional !== true);
      if (isFinal && (await this.#append(signal, claim.id))) return decision ?? { status: 'accepted', id: claim.id };
      if (this.#fallback === null) throw new Error('the records want claims decided elsewhere, but nothing else can');
    } catch (error) {
      // A claim whose answer was lost may have been admitted: it is given back, too.
      await this.#release(claim);
      throw error;
    }

    const redisKnows = decision !== null && decision.provisional !== true;
    const inDatabase = await this.#fallback.process(signal, claim.id, redisKnows).catch(async (error: unknown) => {
      await this.#release(claim);
      throw error;
    });
    if (inDatabase.status !== 'accepted') {
      if (decision !== null) await this.#release(claim);
      // It may admit the claim yet, after the database has refused it; nobody waits for that.
      else if (isLate) void this.#release(claim);
    }
    return inDatabase;
  }

  /** The decision is null where the admission could not decide, but the fallback can. */
  async #claim(claim: Claim): Promise<{ readonly decision: Decision | null; readonly isLate: boolean }> {
    try {
      return { decision: await this.#admission.claim(claim), isLate: false };
    } catch (error) {
      if (this.#fallback === null || !(error instanceof StoreUnavailable)) throw error;
      return { decision: null, isLate: error.isLate };
    }
  }

  async #release(claim: Claim): Promise<void> {
    await this.#admission.release(claim).catch((error: unknown) => {
      log('error', `a claim could not be released: ${messageOf(error)}`);
    });
  }

  async #append(signal: ReceivedSignal, id: string): Promise<boolean> {
    if (this.#faults.strikes('lost-after-accept')) return true;
    if (this.#faults.strikes('pool-leak')) this.#records.faulty?.keepConnection();
    if (this.#faults.strikes('deadlocks')) await this.#records.faulty?.deadlock();
    const total = this.#faults.has('counter-lost') ? (await this.#records.readTotal(signal.webhook)) + 1 : null;
    const laterMs = this.#faults.value('processed-later');
    if (laterMs !== null) {
      setTimeout(() => void this.#appendLater(signal, id), laterMs);
      return true;
    }
    const stored = await this.#records.append(signal, total === null ? { id } : { id, total });
    if (stored && this.#faults.strikes('processed-twice')) await this.#records.append(signal, { id });
    return stored;
  }

  async #appendLater(signal: ReceivedSignal, id: string): Promise<void> {
    await this.#records.append(signal, { id }).catch((error: unknown) => {
      log('error', `a signal that was answered could not be stored: ${messageOf(error)}`);
    });
  }

  async #processAgainIfBroken(duplicate: ReceivedSignal, id: string): Promise<void> {
    const every = this.#faults.value('duplicate-twice');
    if (every === null) return;
    this.#duplicates += 1;
    if (this.#duplicates % every === 0) await this.#records.append(duplicate, { id });
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
