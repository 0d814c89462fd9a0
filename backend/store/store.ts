import type { Tenant } from '../access-token.ts';
import type { QuotaLeft } from './limiters/limiter.ts';

export interface Webhook {
  readonly token: string;
  readonly secretHash: string;
  readonly name: string;
  /** Whose log-in created it. */
  readonly tenant: Tenant;
}

/** A valid signal as it arrived at a webhook. */
export interface ReceivedSignal {
  readonly webhook: string;
  /** Two signals with the same key are the same signal, if the scope is one: that of a webhook, of a tenant, or of all. */
  readonly key: string;
  readonly keyScope: string;
  /** Signals of one quota share the limiter's count. */
  readonly quota: string;
  readonly signalId: string | null;
  readonly action: 'BUY' | 'SELL';
  readonly ticker: string;
  readonly quantity: number;
  readonly price: number;
}

export type Decision =
  | { readonly status: 'accepted'; readonly id: string; readonly provisional?: true; readonly left?: QuotaLeft }
  | { readonly status: 'duplicate'; readonly id: string }
  | { readonly status: 'pending' }
  | { readonly status: 'limited'; readonly retryAfterMs: number; readonly left?: QuotaLeft };

/** What the routes know of storage: one call decides about a signal and, if it is accepted, stores it. */
export interface Store {
  /** @param hasGone tells whether the client has closed its connection meanwhile. */
  process(signal: ReceivedSignal, hasGone: () => boolean): Promise<Decision>;
  createWebhook(webhook: Webhook): Promise<void>;
  findWebhook(token: string): Promise<Webhook | null>;
  readSignals(webhook: string, after: number, limit: number): Promise<SignalPage>;
}

export interface Claim {
  readonly keyScope: string;
  readonly key: string;
  readonly quota: string;
  /** The id that the signal gets if it is admitted. */
  readonly id: string;
  /** Which part of the decision is asked for; all of it where this is absent. */
  readonly only?: ClaimSteps;
}

/** Look the key up, check whether the limiter has room, and commit: remember the key and take the place. */
export interface ClaimSteps {
  readonly look: boolean;
  readonly check: boolean;
  readonly commit: boolean;
}

export const wholeClaim: ClaimSteps = { look: true, check: true, commit: true };

/** Idempotency and the limiter in one atomic step across all workers. */
export interface Admission {
  /** What is admitted provisionally may be a repeat or too much: the admission has not seen a whole window and TTL yet. */
  claim(claim: Claim): Promise<Decision>;
  /** Gives back key and quota of a claim that could not be stored; does nothing where the claim was not admitted. */
  release(claim: Claim): Promise<void>;
}

export interface Stored {
  /** What the signal was answered with. */
  readonly id: string;
  /** What the webhook's total becomes; one more than it was where this is absent. */
  readonly total?: number;
}

/** Webhooks and what was processed for each, in order. */
export interface Records {
  createWebhook(webhook: Webhook): Promise<void>;
  findWebhook(token: string): Promise<Webhook | null>;
  /**
   * Stores the signal and counts it.
   * @returns false where nothing was stored, because claims are decided here for the time being.
   */
  append(signal: ReceivedSignal, stored: Stored): Promise<boolean>;
  readTotal(webhook: string): Promise<number>;
  readSignals(webhook: string, after: number, limit: number): Promise<SignalPage>;
  /** Faults of a database; memory has none of them. */
  readonly faulty?: {
    keepConnection(): void;
    deadlock(): Promise<void>;
  };
}

export interface ProcessedSignal {
  /** Counts from 1 within the webhook. */
  readonly sequence: number;
  readonly signal_id: string | null;
  readonly action: 'BUY' | 'SELL';
  readonly ticker: string;
  readonly quantity: number;
  readonly price: number;
  /** Microseconds since the epoch. */
  readonly processed_at_us: number;
}

export interface SignalPage {
  readonly signals: readonly ProcessedSignal[];
  /** What to give as `after` for the next page, null on the last. */
  readonly next: number | null;
  /** How many were ever processed, by a counter of its own. */
  readonly total: number;
}

/** Redis or PostgreSQL did not do what was asked. The message names which and why, without secrets. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  /** Whether it was asked and may still do it: it is connected, and its reply is late. */
  readonly isLate: boolean;

  constructor(message: string, { isLate = false }: { readonly isLate?: boolean } = {}) {
    super(message);
    this.isLate = isLate;
  }
}
