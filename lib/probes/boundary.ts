import { type Straddle, straddleAt } from '../../contract/plan/boundary-probe.ts';
import { shareOf } from '../../contract/plan/timetable.ts';
import { eachStep, waitConnected } from '../barrier.ts';
import type { Provisioned } from '../provisioning.ts';
import { sender } from '../sender.ts';

/** The first of a crew sends the opener, half of the others before the instant and half after it. */
export function sendAroundInstants(run: Provisioned, probe: Straddle): void {
  const half = (probe.crew - 1) / 2;
  eachStep(probe, (step, member) => {
    const at = straddleAt(probe, run.readyAtMs, step);
    if (at === null) return;
    const send = sender(run, at.webhook, 's', 'probe');
    const firstN = step * (1 + 2 * probe.signals);
    if (member === 0) {
      waitConnected(at.atMs - probe.windowMs);
      send(firstN);
      return;
    }
    const isAfter = member > half;
    waitConnected(at.atMs + (isAfter ? probe.halfGapMs : -probe.halfGapMs));
    for (const n of shareOf((member - 1) % half, half, probe.signals)) {
      send(firstN + 1 + (isAfter ? probe.signals : 0) + n);
    }
  });
}
