import type { Outcome } from '../contract/journal/outcomes.ts';
import type { Provisioned } from './provisioning.ts';
import type { SendOptions } from './sent-request.ts';
import { makeSignal } from './signal.ts';
import { sendSignal } from './webhook-client.ts';

export type Send = (n: number, options?: SendOptions) => Outcome;

/**
 * Gives the function that sends signal n of a phase to one webhook, with the id `<run tag>-<letter><n>`.
 * @param index the webhook's place in the provisioning.
 */
export function sender(run: Provisioned, index: number, idPrefix: string, purpose: 'load' | 'probe' = 'load'): Send {
  const webhook = run.webhooks[index];
  if (webhook === undefined) throw new Error(`there is no webhook ${index}`);
  return (n, options) => sendSignal(webhook, index, makeSignal(n, `${run.runTag}-${idPrefix}${n}`), purpose, options);
}
