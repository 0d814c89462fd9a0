import { sleep } from 'k6';
import type { PlannedPhase, PollSchedule } from '../../contract/plan/plan.ts';
import { maxPolls } from '../../contract/plan/planned-phase.ts';
import { stepAt } from '../../contract/plan/timetable.ts';
import type { RunData } from '../run-data.ts';
import { senderOf } from '../sender.ts';
import { nowMs } from './barrier.ts';
import { sendBursts } from './bursts.ts';

/** A burst beyond the limit; then the first of the VU group asks until it is admitted again. */
export function sendUntilAdmitted(run: RunData, phase: PlannedPhase, schedule: PollSchedule): void {
  const { pollMs, pollForMs } = schedule;
  sendBursts(run, phase, schedule, (step, slot, instantMs) => {
    if (slot !== 0) return;
    const send = senderOf(run, phase, stepAt(schedule, step).webhook, 1);
    const firstN = step * maxPolls(schedule);
    for (let poll = 0; poll < maxPolls(schedule); poll += 1) {
      sleep(pollMs / 1000);
      if (send(firstN + poll) === 'accepted' || nowMs() >= instantMs + pollForMs) return;
    }
  });
}
