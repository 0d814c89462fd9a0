import { setTimeout as sleep } from 'node:timers/promises';
import { sentPath } from '../../analysis/sent-path.ts';
import type { Outcome, Purpose } from '../../contract/journal/outcomes.ts';
import { unreadBy } from '../../contract/journal/request-failures.ts';
import { makeSignal } from '../../contract/plan/made-signal.ts';
import { makeSignalId } from '../../contract/plan/signal-id.ts';
import type { Webhook } from '../../contract/profile/given-webhooks.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Credentials } from '../../contract/request/access.ts';
import { outcomeOf } from '../../contract/request/answer.ts';
import { SignalRequests, type WireRequest } from '../../contract/request/signal-request.ts';
import type { Proof } from '../../contract/request/signed-words.ts';
import type { Bearing } from './bearing.ts';
import type { Client, Heard } from './client.ts';
import { nodeCryptography } from './node-cryptography.ts';

/** The webhook of a second tenant that reads with a token of its own. */
export interface OtherTenant {
  readonly webhook: Webhook;
  readonly readbackToken: string;
}

export interface Parties {
  readonly profile: TargetProfile;
  /** Normalized. */
  readonly baseUrl: string;
  readonly login: Credentials;
  /** Given ones. */
  readonly webhooks: readonly Webhook[];
  /** Empty if it is not set. */
  readonly readbackToken: string;
  /** Null if there is none, or none with such a token. */
  readonly otherTenant: OtherTenant | null;
  readonly client: Client;
  readonly bearing: Bearing;
  readonly runTag: string;
  /** How long read-back may take to show a signal. */
  readonly readbackMs: number;
  redact(text: string): string;
}

/** What came of one signal. */
export interface SignalHeard extends Heard {
  readonly outcome: Outcome;
  /** As it went out, with its secrets; null for none. */
  readonly sentBody: string | null;
}

/** The requests of the checks, within what the target bears. They count as set-up: no backend takes them for load. */
export class Conversation {
  readonly parties: Parties;
  /** Set by the log-in. */
  accessToken = '';
  /** Everything that must not be shown, beside the settings' own secrets. */
  readonly #shown = new Set<string>();
  readonly #signals: SignalRequests;
  #left: number;
  #lastSignalMs = Number.NEGATIVE_INFINITY;

  constructor(parties: Parties) {
    this.parties = parties;
    this.#signals = new SignalRequests(parties.profile, parties.baseUrl, nodeCryptography);
    this.#left = parties.bearing.requests;
  }

  /** Whether the limiter leaves room for one more request. */
  get hasRoom(): boolean {
    return this.#left > 0;
  }

  /** Keeps a secret that the server told out of every text. */
  keepSecret(text: string): void {
    if (text.length >= 4) this.#shown.add(text);
  }

  redact(text: string): string {
    let hidden = this.parties.redact(text);
    for (const secret of this.#shown) hidden = hidden.replaceAll(secret, '‹secret›');
    return hidden;
  }

  request(what: Omit<WireRequest, 'body'> & { readonly body?: string | null }, purpose: Purpose = 'setup') {
    this.#left -= 1;
    return this.parties.client.send(what, purpose);
  }

  /** A request in words, with the whole path that goes to the server. */
  named(method: string, path: string): string {
    return `${method} ${sentPath(this.parties.baseUrl, path)}`;
  }

  idOf(n: number): string {
    return makeSignalId({ runTag: this.parties.runTag, code: '', n });
  }

  /** Sends the signal of a number, the same again for the same number. */
  async signal(webhook: Webhook, n: number, proof: Partial<Proof> = {}): Promise<SignalHeard> {
    const { profile, baseUrl, bearing } = this.parties;
    const waitMs = this.#lastSignalMs + bearing.gapMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const request = this.#signals.of(webhook, makeSignal(n, this.idOf(n)), proof);
    const heard = { ...(await this.request(request)), sentBody: request.body };
    this.#lastSignalMs = performance.now();
    const { status, body, headers, error } = heard;
    if (status === 0) return { ...heard, outcome: error === null ? 'timeout' : 'failed' };
    const isUnread = unreadBy(status, body, /^https:/i.test(baseUrl)) !== 0;
    return { ...heard, outcome: isUnread ? 'unsent' : outcomeOf(profile, status, body, headers) };
  }
}
