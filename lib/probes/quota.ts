import type { Quota } from '../../contract/plan/idempotency.ts';
import { shareOf, stepAt } from '../../contract/plan/timetable.ts';
import { eachStep, waitConnected, waitUntil } from '../barrier.ts';
import type { Provisioned } from '../provisioning.ts';
import { sender } from '../sender.ts';

/** One signal, many repeats of it at once, then as many others as fill up the limit: all within one window. */
export function sendQuota(run: Provisioned, phase: Quota): void {
  eachStep(phase, (step, slot) => {
    const { atMs, webhook } = stepAt(phase, step);
    const instantMs = run.readyAtMs + atMs;
    const repeat = sender(run, webhook, 'q', 'probe');
    const other = sender(run, webhook, 'd', 'probe');
    waitConnected(instantMs);
    if (slot === 0) repeat(step);
    waitUntil(instantMs + phase.partMs);
    for (const _ of shareOf(slot, phase.vusPerGroup, phase.repeats)) repeat(step);
    waitUntil(instantMs + 2 * phase.partMs);
    for (const n of shareOf(slot, phase.vusPerGroup, phase.distinct)) other(step * phase.distinct + n);
  });
}
