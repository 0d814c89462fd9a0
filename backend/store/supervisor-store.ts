import type { SupervisorLink } from '../supervisor-link.ts';
import type {
  Admission,
  Claim,
  Decision,
  ReceivedSignal,
  Records,
  SignalPage,
  Store,
  Stored,
  Webhook,
} from './store.ts';

/** Asks the supervisor, which decides and stores in one step: no worker's death can part a claim from its effect. */
export class SupervisorStore implements Store, Admission, Records {
  readonly #link: SupervisorLink;

  constructor(link: SupervisorLink) {
    this.#link = link;
  }

  process(signal: ReceivedSignal): Promise<Decision> {
    return this.#link.ask('process', signal);
  }

  claim(claim: Claim): Promise<Decision> {
    return this.#link.ask('claim', claim);
  }

  async release(claim: Claim): Promise<void> {
    await this.#link.ask('release', claim);
  }

  append(signal: ReceivedSignal, stored: Stored): Promise<boolean> {
    return this.#link.ask('append', { signal, stored });
  }

  readTotal(webhook: string): Promise<number> {
    return this.#link.ask('readTotal', webhook);
  }

  async createWebhook(webhook: Webhook): Promise<void> {
    await this.#link.ask('createWebhook', webhook);
  }

  findWebhook(token: string): Promise<Webhook | null> {
    return this.#link.ask('findWebhook', token);
  }

  readSignals(webhook: string, after: number, limit: number): Promise<SignalPage> {
    return this.#link.ask('readSignals', { webhook, after, limit });
  }
}
