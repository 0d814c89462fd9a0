import type { Outcome } from '../../contract/journal/outcomes.ts';
import type { PlannedPhase, RedeliverySchedule } from '../../contract/plan/plan.ts';
import { cutOf, pauseOf } from '../../contract/plan/redelivery-times.ts';
import { stepAt } from '../../contract/plan/timetable.ts';
import type { RunData } from '../run-data.ts';
import { senderOf } from '../sender.ts';
import { eachStep, nowMs, waitConnected, waitUntil } from './barrier.ts';

/** Whoever sends webhooks goes on until it is told that the signal has arrived, or arrived before. */
const isSettled = (outcome: Outcome): boolean => outcome === 'accepted' || outcome === 'duplicate';

/** Each signal until one attempt is answered; the connection of the first is cut. */
export function sendUntilAnswered(run: RunData, phase: PlannedPhase, schedule: RedeliverySchedule): Outcome | null {
  let last: Outcome | null = null;
  const first = phase.signals[0]?.first ?? 0;
  eachStep(schedule, (step) => {
    const { atMs, webhook } = stepAt(schedule, step);
    const send = senderOf(run, phase, webhook);
    const cutMs = cutOf(schedule, step);
    waitConnected(run.readyAtMs + atMs);
    const firstMs = nowMs();
    let outcome = send(first + step, cutMs === null ? {} : { abandonAfterMs: cutMs });
    for (let attempt = 1; attempt <= schedule.pausesMs.length && !isSettled(outcome); attempt += 1) {
      const dueMs = nowMs() + pauseOf(schedule, step, attempt);
      // A late generator sends the second attempt all the same: unanswered, the signal would say nothing.
      if (attempt > 1 && dueMs > firstMs + schedule.withinMs) break;
      waitUntil(dueMs);
      outcome = send(first + step);
    }
    last = outcome;
  });
  return last;
}
