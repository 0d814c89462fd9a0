import type { Outcome } from '../contract/journal/outcomes.ts';
import type { Signal } from '../contract/plan/signal.ts';
import type { Webhook } from '../contract/profile/given-webhooks.ts';
import { environment } from './environment.ts';
import { httpSender } from './http-sender.ts';
import { nativeSender } from './native-sender.ts';
import type { Answer, PlainRequest, SendOptions } from './sent-request.ts';

const sender = environment.sendsNatively ? nativeSender(environment) : httpSender(environment);

/** Sends a request that is no signal, and records its outcome. */
export const request = (what: PlainRequest): Answer => sender.request(what);

/** Sends one signal to a webhook. `index` is the webhook's place in the scenario's provisioning. */
export function sendSignal(
  webhook: Webhook,
  index: number,
  signal: Signal,
  purpose: 'load' | 'probe' = 'load',
  options: SendOptions = {},
): Outcome {
  return sender.signal({ webhook, index, signal, purpose, options });
}

/** Opens this VU's connection, so that what it sends next does not wait for one. */
export function openConnection(): Answer {
  const path = environment.profile.monitoring.health ?? '/';
  return request({ purpose: 'setup', name: 'GET health', method: 'GET', path });
}
