import type { Repeats } from '../../contract/plan/idempotency.ts';
import { ttlMs } from '../../contract/plan/plan.ts';
import { stepAt, type Timetable } from '../../contract/plan/timetable.ts';
import { eachStep, waitConnected } from '../barrier.ts';
import { environment } from '../environment.ts';
import type { Provisioned } from '../provisioning.ts';
import { sender } from '../sender.ts';
import { changed, makeSignal } from '../signal.ts';
import { sendSignal } from '../webhook-client.ts';

/** Each signal once, and again after the phase's gaps. */
export function sendAgain(run: Provisioned, phase: Repeats): void {
  eachStep(phase, (step) => {
    const { atMs, webhook: index } = stepAt(phase, step);
    const webhook = run.webhooks[index];
    if (webhook === undefined) throw new Error(`there is no webhook ${index}`);
    const n = phase.from + step;
    const first = makeSignal(n, `${run.runTag}-${phase.idPrefix}${n}`);
    const again = changed(first, phase.change);
    // Two signals that share their id need names of their own in the ledger.
    const nameOf = ({ signal_id, ticker }: typeof first) =>
      phase.change === 'ticker' ? { ledgerId: `${signal_id}~${ticker}` } : {};

    waitConnected(run.readyAtMs + atMs);
    const sentMs = Date.now();
    sendSignal(webhook, index, first, 'load', nameOf(first));
    const answeredMs = Date.now();
    for (const gap of phase.gaps) {
      // Within the TTL a gap counts from the first sending, past it from the first answer: so each side is certain.
      waitConnected((gap < 1 ? sentMs : answeredMs) + gap * ttlMs(environment.profile));
      sendSignal(webhook, index, again, 'load', nameOf(again));
    }
  });
}

/** Each signal at one instant from every VU of a VU group. */
export function sendTogether(run: Provisioned, phase: Timetable, idPrefix: string, purpose: 'load' | 'probe'): void {
  eachStep(phase, (step) => {
    const { atMs, webhook } = stepAt(phase, step);
    waitConnected(run.readyAtMs + atMs);
    sender(run, webhook, idPrefix, purpose)(step);
  });
}
