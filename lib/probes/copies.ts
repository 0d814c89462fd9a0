import type { Outcome } from '../../contract/journal/outcomes.ts';
import type { CopiesSchedule, PlannedPhase } from '../../contract/plan/plan.ts';
import { stepAt } from '../../contract/plan/timetable.ts';
import type { RunData } from '../run-data.ts';
import { senderOf } from '../sender.ts';
import { eachStep, waitConnected, waitUntil } from './barrier.ts';
import { overOpenConnection } from './idle-connections.ts';

/** Each signal at one instant from every VU of a VU group. */
export function sendCopies(run: RunData, phase: PlannedPhase, schedule: CopiesSchedule): Outcome | null {
  let last: Outcome | null = null;
  eachStep(schedule, (step) => {
    const { atMs, webhook } = stepAt(schedule, step);
    const send = senderOf(run, phase, webhook);
    // The connections of a single step have just been opened.
    if (schedule.steps === 1) waitUntil(run.readyAtMs + atMs);
    else waitConnected(run.readyAtMs + atMs);
    last = send((phase.signals[0]?.first ?? 0) + step, overOpenConnection);
  });
  return last;
}
