import type { Outcome } from '../../contract/journal/outcomes.ts';
import { isElsewhere, isOneSignal } from '../../contract/plan/elsewhere.ts';
import { changed, makeSignal } from '../../contract/plan/made-signal.ts';
import type { PlannedPhase, RepeatsSchedule } from '../../contract/plan/plan.ts';
import { gapMs, isReconnected } from '../../contract/plan/repeats.ts';
import type { Signal } from '../../contract/plan/signal.ts';
import { makeSignalId, onWebhook } from '../../contract/plan/signal-id.ts';
import { stepAt } from '../../contract/plan/timetable.ts';
import { environment } from '../environment.ts';
import type { RunData } from '../run-data.ts';
import type { SendOptions } from '../sent-request.ts';
import { sendSignal } from '../webhook-client.ts';
import { eachStep, nowMs, waitConnected } from './barrier.ts';

/** Each signal once, and again after the phase's gaps. */
export function sendAgain(run: RunData, { role, signals: [own] }: PlannedPhase, schedule: RepeatsSchedule): void {
  if (own === undefined) return;
  const areTwo = isElsewhere(role) && !isOneSignal(role, environment.profile);
  eachStep(schedule, (step) => {
    const { atMs, webhook: firstIndex } = stepAt(schedule, step);
    const againIndex = own.variant === 'webhook' ? stepAt(schedule, step + 1).webhook : firstIndex;
    const id = { runTag: run.runTag, code: own.code, n: own.first + step };
    const first = makeSignal(id.n, makeSignalId(id));
    const again = changed(first, own.variant);
    // Two signals that share their id need names of their own in the ledger.
    const variantOf = ({ ticker }: Signal, index: number): string | null =>
      own.variant === 'ticker' ? ticker : areTwo ? onWebhook(index) : null;
    const send = (signal: Signal, index: number, reconnects = false): Outcome => {
      const webhook = run.webhooks[index];
      if (webhook === undefined) throw new Error(`there is no webhook ${index}`);
      const variant = variantOf(signal, index);
      const name = variant === null ? {} : { ledgerId: makeSignalId({ ...id, variant }) };
      const options: SendOptions = reconnects ? { ...name, reconnects } : name;
      return sendSignal({ webhook, index, signal, purpose: 'load', options });
    };

    waitConnected(run.readyAtMs + atMs);
    const sentMs = nowMs();
    send(first, firstIndex);
    const answeredMs = nowMs();
    let lastMs = sentMs;
    for (const gap of schedule.gapsTtl) {
      // Within the TTL a gap counts from the first sending, past it from the first answer: so each side is certain.
      const dueMs = (gap < 1 ? sentMs : answeredMs) + gapMs(schedule, gap);
      waitConnected(Math.max(dueMs, lastMs + schedule.minGapMs));
      lastMs = nowMs();
      send(again, againIndex, isReconnected(schedule, step));
    }
  });
}
