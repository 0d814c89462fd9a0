import { sleep } from 'k6';
import type { Recovery } from '../../contract/plan/rate-limit.ts';
import type { Provisioned } from '../provisioning.ts';
import { sender } from '../sender.ts';
import { sendBursts } from './bursts.ts';

let polls = 0;

/** A burst beyond the limit; then the first of the VU group asks until it is admitted again. */
export function sendUntilAdmitted(run: Provisioned, probe: Recovery): void {
  sendBursts(run, probe, 'r', undefined, (slot, instantMs, webhook) => {
    if (slot !== 0) return;
    const send = sender(run, webhook, 'p', 'probe');
    do {
      sleep(probe.pollMs / 1000);
      polls += 1;
    } while (send(polls - 1) !== 'accepted' && Date.now() < instantMs + probe.pollForMs);
  });
}
