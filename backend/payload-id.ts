import { createHash, randomUUID } from 'node:crypto';
import type { Faults } from './faults.ts';
import type { ReceivedSignal } from './store/store.ts';

type Payload = Pick<ReceivedSignal, 'action' | 'ticker' | 'quantity' | 'price'>;

function markOf({ action, ticker, quantity, price }: Payload): string {
  return createHash('sha256')
    .update(JSON.stringify([action, ticker, quantity, price]))
    .digest('base64url')
    .slice(0, 16);
}

/** A new id for a signal. Where a changed payload must be noticed, the id tells what the payload was. */
export function newSignalId(signal: Payload, faults: Faults): string {
  return faults.has('tells-changed') ? `${randomUUID()}.${markOf(signal)}` : randomUUID();
}

/** Whether a repeat has another payload than the signal that got this id. */
export function isOtherPayload(signal: Payload, firstId: string, faults: Faults): boolean {
  return faults.has('tells-changed') && !firstId.endsWith(`.${markOf(signal)}`);
}
