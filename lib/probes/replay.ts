import type { Outcome } from '../../contract/journal/outcomes.ts';
import type { ReplaySchedule } from '../../contract/plan/plan.ts';
import { makeSignalId } from '../../contract/plan/signal-id.ts';
import { waitUntil } from '../barrier.ts';
import type { PlannedRow } from '../planned.ts';
import type { RunData } from '../run-data.ts';
import { sendSignal } from '../webhook-client.ts';

interface Recorded {
  readonly row: PlannedRow;
  /** Counts those of the phase from 0 on, in all VUs. */
  readonly iteration: number;
  /** When the phase started, in milliseconds since the epoch. */
  readonly startedMs: number;
}

/** One recorded signal at its time. The next VU that is free takes the next one, and waits for it. */
export function sendRecorded(run: RunData, schedule: ReplaySchedule, { row, iteration, startedMs }: Recorded): Outcome {
  const [atMs, n, held] = row;
  const index = schedule.firstWebhook + (iteration % schedule.webhooks);
  const webhook = run.webhooks[index];
  if (webhook === undefined) throw new Error(`there is no webhook ${index}`);
  waitUntil(startedMs + atMs);
  const signal = { ...held, signal_id: makeSignalId({ runTag: run.runTag, code: '', n }) };
  return sendSignal({ webhook, index, signal, purpose: 'load', options: {} });
}
