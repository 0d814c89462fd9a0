import type { PlannedPhase, RoundsSchedule } from '../../contract/plan/plan.ts';
import { eachStep, waitConnected } from '../barrier.ts';
import type { Provisioned } from '../provisioning.ts';
import { senderOf } from '../sender.ts';

/** Distinct signals at the instant of each round: VU n of the group sends to the n-th webhook, and round again. */
export function sendRounds(run: Provisioned, phase: PlannedPhase, schedule: RoundsSchedule): void {
  const { firstMs, everyMs, firstWebhook, webhooks, vusPerGroup } = schedule;
  eachStep(schedule, (round, slot) => {
    const send = senderOf(run, phase, firstWebhook + (slot % webhooks));
    waitConnected(run.readyAtMs + firstMs + round * everyMs);
    send(round * vusPerGroup + slot);
  });
}
