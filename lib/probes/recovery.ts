import { sleep } from 'k6';
import type { Recovery } from '../../contract/plan/rate-limit.ts';
import type { Provisioned } from '../provisioning.ts';
import { sender } from '../sender.ts';
import { sendVolleys } from './bursts.ts';

let polls = 0;

/** A volley beyond the limit; then the first of the crew asks until it is admitted again. */
export function sendUntilAdmitted(run: Provisioned, probe: Recovery): void {
  sendVolleys(run, probe, 'r', undefined, (member, instantMs, webhook) => {
    if (member !== 0) return;
    const send = sender(run, webhook, 'p', 'probe');
    do {
      sleep(probe.pollMs / 1000);
      polls += 1;
    } while (send(polls - 1) !== 'accepted' && Date.now() < instantMs + probe.pollForMs);
  });
}
