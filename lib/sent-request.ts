import type { Outstanding } from '../contract/journal/drain.ts';
import type { Outcome, Purpose } from '../contract/journal/outcomes.ts';
import type { Signal } from '../contract/plan/signal.ts';
import type { Webhook } from '../contract/profile/given-webhooks.ts';
import type { Proof } from '../contract/request/signed-words.ts';

/** A request that is no signal: log-in, provisioning, connection warm-up, read-back. */
export interface PlainRequest {
  readonly purpose: Exclude<Purpose, 'load' | 'probe'>;
  /** Stands for the URL in metrics and logs, where the URL itself must not appear. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  readonly path: string;
  readonly body?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly webhook?: number;
}

export interface Answer {
  readonly outcome: Outcome;
  /** 0 if no answer arrived. */
  readonly status: number;
  readonly body: string;
  /** Why there was none, see contract/journal/request-failures.ts; 0 if there was one. */
  readonly error: number;
}

export interface SendOptions {
  readonly proof?: Proof;
  /** The signal's name in the ledger, if `signal_id` alone does not tell it from others. */
  readonly ledgerId?: string;
  /** Sent on top of those of the profile. */
  readonly headers?: Readonly<Record<string, string>>;
  /** So long after the request was written its connection is closed, whether it was answered or not: its outcome is `abandoned`. */
  readonly abandonAfterMs?: number;
  /** It goes over another connection than the request before it. */
  readonly reconnects?: boolean;
  /** It goes over the connection that is open, however long that has rested: one that is opened at an instant spreads what leaves there. */
  readonly keepsConnection?: boolean;
}

export interface SentSignal {
  readonly webhook: Webhook;
  /** The webhook's place in the scenario's provisioning. */
  readonly index: number;
  readonly signal: Signal;
  readonly purpose: 'load' | 'probe';
  readonly options: SendOptions;
}

/**
 * What sends requests and records their outcomes. It never throws for what the server does: no answer is `timeout` or `failed`.
 * What is wrong on our own side throws, and is never counted as the server's failure.
 */
/** One reading of what the server processed. */
export interface Look {
  /** Takes the ids of a page. */
  see(ids: readonly string[]): void;
  /** The promised effects that no page had. */
  left(): Outstanding;
}

export interface RequestSender {
  request(what: PlainRequest): Answer;
  signal(what: SentSignal): Outcome;
  /** The effects that answers promised and that are not among those with the given ids; null if it does not know. */
  left(ids: readonly string[]): Outstanding | null;
  /** The same, from ids that come page by page; null if it does not know. */
  look(): Look | null;
  /** Whether the run was asked to end: nobody waits then. */
  isInterrupted(): boolean;
}
