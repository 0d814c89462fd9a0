import type { Outcome } from '../../contract/journal/outcomes.ts';
import { makeSignalId } from '../../contract/plan/signal-id.ts';
import type { PlannedRow } from '../planned.ts';
import type { RunData } from '../run-data.ts';
import { sendSignal } from '../webhook-client.ts';
import { waitUntil } from './barrier.ts';

/**
 * One recorded signal at its time. The next VU that is free takes the next one, and waits for it.
 * @param startedMs when the phase started, in milliseconds since the epoch.
 */
export function sendRecorded(run: RunData, [atMs, index, n, held]: PlannedRow, startedMs: number): Outcome {
  const webhook = run.webhooks[index];
  if (webhook === undefined) throw new Error(`there is no webhook ${index}`);
  waitUntil(startedMs + atMs);
  const signal = { ...held, signal_id: makeSignalId({ runTag: run.runTag, code: '', n }) };
  return sendSignal({ webhook, index, signal, purpose: 'load', options: {} });
}
