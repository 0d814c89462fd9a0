export interface Webhook {
  readonly token: string;
  readonly secretHash: string;
  readonly name: string;
}

/** A valid signal as it arrived at a webhook. */
export interface ReceivedSignal {
  readonly webhook: string;
  /** Two signals of one webhook with the same key are the same signal. */
  readonly key: string;
  readonly signalId: string | null;
  readonly action: 'BUY' | 'SELL';
  readonly ticker: string;
  readonly quantity: number;
  readonly price: number;
}

export type Decision =
  | { readonly status: 'accepted' | 'duplicate'; readonly id: string }
  | { readonly status: 'limited'; readonly retryAfterMs: number };

/** What the routes know of storage: one call decides about a signal and, if it is accepted, stores it. */
export interface Store {
  process(signal: ReceivedSignal): Promise<Decision>;
  createWebhook(webhook: Webhook): Promise<void>;
  findWebhook(token: string): Promise<Webhook | null>;
  readSignals(webhook: string, after: number, limit: number): Promise<SignalPage>;
}

export interface Claim {
  readonly webhook: string;
  readonly key: string;
  /** The id that the signal gets if it is admitted. */
  readonly id: string;
}

/** Idempotency, then the limiter, in one atomic step across all workers. */
export interface Admission {
  claim(claim: Claim): Promise<Decision>;
  /** Gives back key and quota of a claim that could not be stored; does nothing where the claim was not admitted. */
  release(claim: Claim): Promise<void>;
}

/** Webhooks and what was processed for each, in order. */
export interface Records {
  createWebhook(webhook: Webhook): Promise<void>;
  findWebhook(token: string): Promise<Webhook | null>;
  append(signal: ReceivedSignal): Promise<void>;
  readSignals(webhook: string, after: number, limit: number): Promise<SignalPage>;
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
  readonly total: number;
}

/** Redis or PostgreSQL did not do what was asked. The message names which and why, without secrets. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}
