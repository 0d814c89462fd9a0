import { boundaryAt } from '../../contract/plan/boundary-probe.ts';
import type { BoundarySchedule, PlannedPhase } from '../../contract/plan/plan.ts';
import { shareOf } from '../../contract/plan/timetable.ts';
import type { RunData } from '../run-data.ts';
import { senderOf } from '../sender.ts';
import { eachStep, waitConnected } from './barrier.ts';
import { overOpenConnection } from './idle-connections.ts';

/** The first of a VU group sends the priming request, half of the others before the instant and half after it. */
export function sendAroundInstants(run: RunData, phase: PlannedPhase, schedule: BoundarySchedule): void {
  const { atOnce, windowMs, halfGapMs } = schedule;
  const half = (schedule.vusPerGroup - 1) / 2;
  eachStep(schedule, (step, slot) => {
    const at = boundaryAt(schedule, run.readyAtMs, step);
    if (at === null) return;
    const send = senderOf(run, phase, at.webhook);
    const firstN = step * (1 + 2 * atOnce);
    if (slot === 0) {
      waitConnected(at.atMs - windowMs);
      send(firstN, overOpenConnection);
      return;
    }
    const isAfter = slot > half;
    waitConnected(at.atMs + (isAfter ? halfGapMs : -halfGapMs));
    for (const n of shareOf((slot - 1) % half, half, atOnce)) {
      send(firstN + 1 + (isAfter ? atOnce : 0) + n, overOpenConnection);
    }
  });
}
