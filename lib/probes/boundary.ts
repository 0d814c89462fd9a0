import { type BoundaryProbe, boundaryAt } from '../../contract/plan/boundary-probe.ts';
import { shareOf } from '../../contract/plan/timetable.ts';
import { eachStep, waitConnected } from '../barrier.ts';
import type { Provisioned } from '../provisioning.ts';
import { sender } from '../sender.ts';

/** The first of a VU group sends the priming request, half of the others before the instant and half after it. */
export function sendAroundInstants(run: Provisioned, probe: BoundaryProbe): void {
  const half = (probe.vusPerGroup - 1) / 2;
  eachStep(probe, (step, slot) => {
    const at = boundaryAt(probe, run.readyAtMs, step);
    if (at === null) return;
    const send = sender(run, at.webhook, 's', 'probe');
    const firstN = step * (1 + 2 * probe.signals);
    if (slot === 0) {
      waitConnected(at.atMs - probe.windowMs);
      send(firstN);
      return;
    }
    const isAfter = slot > half;
    waitConnected(at.atMs + (isAfter ? probe.halfGapMs : -probe.halfGapMs));
    for (const n of shareOf((slot - 1) % half, half, probe.signals)) {
      send(firstN + 1 + (isAfter ? probe.signals : 0) + n);
    }
  });
}
