import type { Outcome } from '../../contract/journal/outcomes.ts';
import type { PlannedPhase, RepeatsSchedule } from '../../contract/plan/plan.ts';
import { gapMs } from '../../contract/plan/repeats.ts';
import type { Signal } from '../../contract/plan/signal.ts';
import { makeSignalId } from '../../contract/plan/signal-id.ts';
import { stepAt } from '../../contract/plan/timetable.ts';
import { eachStep, nowMs, waitConnected } from '../barrier.ts';
import type { Provisioned } from '../provisioning.ts';
import type { SendOptions } from '../sent-request.ts';
import { changed, makeSignal } from '../signal.ts';
import { sendSignal } from '../webhook-client.ts';

/** Each signal once, and again after the phase's gaps. */
export function sendAgain(run: Provisioned, { signals: [own] }: PlannedPhase, schedule: RepeatsSchedule): void {
  if (own === undefined) return;
  eachStep(schedule, (step) => {
    const { atMs, webhook: index } = stepAt(schedule, step);
    const webhook = run.webhooks[index];
    if (webhook === undefined) throw new Error(`there is no webhook ${index}`);
    const id = { runTag: run.runTag, code: own.code, n: own.first + step };
    const first = makeSignal(id.n, makeSignalId(id));
    const again = changed(first, own.variant);
    // Two signals that share their id need names of their own in the ledger.
    const optionsOf = ({ ticker }: Signal): SendOptions =>
      own.variant === 'ticker' ? { ledgerId: makeSignalId({ ...id, variant: ticker }) } : {};
    const send = (signal: Signal): Outcome =>
      sendSignal({ webhook, index, signal, purpose: 'load', options: optionsOf(signal) });

    waitConnected(run.readyAtMs + atMs);
    const sentMs = nowMs();
    send(first);
    const answeredMs = nowMs();
    let lastMs = sentMs;
    for (const gap of schedule.gapsTtl) {
      // Within the TTL a gap counts from the first sending, past it from the first answer: so each side is certain.
      const dueMs = (gap < 1 ? sentMs : answeredMs) + gapMs(schedule, gap);
      waitConnected(Math.max(dueMs, lastMs + schedule.minGapMs));
      lastMs = nowMs();
      send(again);
    }
  });
}
