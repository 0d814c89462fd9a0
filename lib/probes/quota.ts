import type { PlannedPhase, QuotaSchedule } from '../../contract/plan/plan.ts';
import { shareOf, stepAt } from '../../contract/plan/timetable.ts';
import type { RunData } from '../run-data.ts';
import { senderOf } from '../sender.ts';
import { eachStep, waitConnected, waitUntil } from './barrier.ts';
import { overOpenConnection } from './idle-connections.ts';

/** One signal, many repeats of it at once, then as many others as fill up the limit: all within one window. */
export function sendQuota(run: RunData, phase: PlannedPhase, schedule: QuotaSchedule): void {
  const { vusPerGroup, repeats, distinct, partMs } = schedule;
  eachStep(schedule, (step, slot) => {
    const { atMs, webhook } = stepAt(schedule, step);
    const instantMs = run.readyAtMs + atMs;
    const repeat = senderOf(run, phase, webhook);
    const other = senderOf(run, phase, webhook, 1);
    waitConnected(instantMs);
    if (slot === 0) repeat(step, overOpenConnection);
    waitUntil(instantMs + partMs);
    for (const _ of shareOf(slot, vusPerGroup, repeats)) repeat(step, overOpenConnection);
    waitUntil(instantMs + 2 * partMs);
    for (const n of shareOf(slot, vusPerGroup, distinct)) other(step * distinct + n, overOpenConnection);
  });
}
