import type { Outcome } from '../../contract/journal/outcomes.ts';
import type { PlannedPhase, RoundsSchedule } from '../../contract/plan/plan.ts';
import type { RunData } from '../run-data.ts';
import { senderOf } from '../sender.ts';
import { eachStep, waitConnected } from './barrier.ts';
import { overOpenConnection } from './idle-connections.ts';

/** Distinct signals at the instant of each round: VU n of the group sends to the n-th webhook, and round again. */
export function sendRounds(run: RunData, phase: PlannedPhase, schedule: RoundsSchedule): Outcome | null {
  let last: Outcome | null = null;
  const { firstMs, everyMs, firstWebhook, webhooks, vusPerGroup } = schedule;
  eachStep(schedule, (round, slot) => {
    const send = senderOf(run, phase, firstWebhook + (slot % webhooks));
    waitConnected(run.readyAtMs + firstMs + round * everyMs);
    last = send((phase.signals[0]?.first ?? 0) + round * vusPerGroup + slot, overOpenConnection);
  });
  return last;
}
