import type { Outcome } from '../contract/journal/outcomes.ts';
import { plannedSignal } from '../contract/plan/made-signal.ts';
import type { PlannedPhase, PlannedSignals } from '../contract/plan/plan.ts';
import { makeSignalId } from '../contract/plan/signal-id.ts';
import type { RunData } from './run-data.ts';
import type { SendOptions } from './sent-request.ts';
import { sendSignal } from './webhook-client.ts';

export type Send = (n: number, options?: SendOptions) => Outcome;

const noOptions: SendOptions = {};

/**
 * Gives the function that sends signal n of a phase to one webhook.
 * @param index the webhook's place in the provisioning.
 * @param signals of the phase: their code, and what they hold.
 */
export function sender(
  run: RunData,
  index: number,
  signals: Pick<PlannedSignals, 'code' | 'first' | 'content'>,
  purpose: 'load' | 'probe' = 'load',
): Send {
  const webhook = run.webhooks[index];
  if (webhook === undefined) throw new Error(`there is no webhook ${index}`);
  const { runTag } = run;
  const { code } = signals;
  return (n, options = noOptions) => {
    const signal = plannedSignal(signals, n, makeSignalId({ runTag, code, n }));
    return sendSignal({ webhook, index, signal, purpose, options });
  };
}

/** The same for the phase's own signals (0) or its further ones (1). */
export function senderOf(run: RunData, { signals, purpose }: PlannedPhase, index: number, which = 0): Send {
  const own = signals[which];
  if (own === undefined) throw new Error(`the phase plans no signals ${which}`);
  return sender(run, index, own, purpose);
}
