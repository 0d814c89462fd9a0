import type { Outcome } from '../contract/journal/outcomes.ts';
import { makeSignal } from '../contract/plan/made-signal.ts';
import type { PlannedPhase } from '../contract/plan/plan.ts';
import { makeSignalId } from '../contract/plan/signal-id.ts';
import type { Provisioned } from './provisioning.ts';
import type { SendOptions } from './sent-request.ts';
import { sendSignal } from './webhook-client.ts';

export type Send = (n: number, options?: SendOptions) => Outcome;

const noOptions: SendOptions = {};

/**
 * Gives the function that sends signal n of a phase to one webhook.
 * @param index the webhook's place in the provisioning.
 * @param code of the phase's signals: see contract/plan/signal-id.ts.
 */
export function sender(run: Provisioned, index: number, code: string, purpose: 'load' | 'probe' = 'load'): Send {
  const webhook = run.webhooks[index];
  if (webhook === undefined) throw new Error(`there is no webhook ${index}`);
  const { runTag } = run;
  return (n, options = noOptions) =>
    sendSignal({ webhook, index, signal: makeSignal(n, makeSignalId({ runTag, code, n })), purpose, options });
}

/** The same for the phase's own signals (0) or its further ones (1). */
export function senderOf(run: Provisioned, { signals, purpose }: PlannedPhase, index: number, which = 0): Send {
  const own = signals[which];
  if (own === undefined) throw new Error(`the phase plans no signals ${which}`);
  return sender(run, index, own.code, purpose);
}
