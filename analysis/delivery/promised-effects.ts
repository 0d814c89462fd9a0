import type { Outstanding } from '../../contract/journal/drain.ts';
import { isElsewhere } from '../../contract/plan/elsewhere.ts';
import { sharedId } from '../../contract/plan/signal-id.ts';
import { forEachSignal } from '../interpret/attempts.ts';
import type { Ledger } from '../journal/ledger.ts';

/**
 * The effects that the answers in a ledger promise: one for each acceptance of a signal, and one for a signal that was only called
 * a duplicate. Read-back waits for them. k6/sender/promises.go counts the same while it sends.
 */
export class PromisedEffects {
  private readonly ledger: Ledger;
  private readonly owed: Uint16Array;
  /** When each signal's last promise was sent and answered. */
  private readonly sentUs: Float64Array;
  private readonly answeredUs: Float64Array;
  /** Signals that share an id, by this id. */
  private readonly shared = new Map<string, number[]>();

  constructor(ledger: Ledger) {
    this.ledger = ledger;
    this.owed = new Uint16Array(ledger.signals.size);
    this.sentUs = new Float64Array(ledger.signals.size);
    this.answeredUs = new Float64Array(ledger.signals.size);
    forEachSignal(ledger, (attempts, signal) => {
      this.owed[signal] = promised(ledger, attempts);
      const last = lastPromise(ledger, attempts);
      if (last !== null) {
        this.sentUs[signal] = ledger.sendUs(last);
        this.answeredUs[signal] = ledger.endUs(last);
      }
      const role = ledger.roleOf(attempts[0] ?? 0);
      if (role !== 'idempotency.distinct-ticker' && !isElsewhere(role)) return;
      const id = sharedId(ledger.signals.text(signal));
      const sharing = this.shared.get(id);
      if (sharing === undefined) this.shared.set(id, [signal]);
      else sharing.push(signal);
    });
  }

  /** Each signal that is owed effects, with their number. */
  *bySignal(): Generator<readonly [id: string, owed: number]> {
    for (const [signal, owed] of this.owed.entries()) if (owed > 0) yield [this.ledger.signals.text(signal), owed];
  }

  /** Those of them that are not among the effects of these signals. */
  left(ids: readonly string[]): Outstanding {
    const left = this.owed.slice();
    const unnamed: string[] = [];
    for (const id of ids) {
      const signal = this.ledger.signals.find(id);
      if (signal === null || signal >= left.length || (left[signal] === 0 && this.shared.has(id))) unnamed.push(id);
      else left[signal] = Math.max(0, (left[signal] ?? 0) - 1);
    }
    for (const id of unnamed) {
      const signal = this.shared.get(id)?.find((sharing) => (left[sharing] ?? 0) > 0);
      if (signal !== undefined) left[signal] = (left[signal] ?? 0) - 1;
    }
    let lastSentUs = 0;
    for (const [signal, owed] of this.owed.entries()) {
      if (owed > 0 && left[signal] === 0) lastSentUs = Math.max(lastSentUs, this.sentUs[signal] ?? 0);
    }
    let missing = 0;
    let waiting = 0;
    for (const [signal, count] of left.entries()) {
      missing += count;
      if ((this.answeredUs[signal] ?? 0) >= lastSentUs) waiting += count;
    }
    return { missing, waiting };
  }
}

/** The request whose answer promised last; a first answer of a duplicate if none was accepted. Null if none promised. */
function lastPromise(ledger: Ledger, attempts: readonly number[]): number | null {
  const accepted = attempts.filter((at) => ledger.outcomeOf(at) === 'accepted');
  return accepted.at(-1) ?? attempts.find((at) => ledger.outcomeOf(at) === 'duplicate') ?? null;
}

function promised(ledger: Ledger, attempts: readonly number[]): number {
  let accepted = 0;
  let isTold = false;
  for (const at of attempts) {
    const outcome = ledger.outcomeOf(at);
    if (outcome === 'accepted') accepted += 1;
    else if (outcome === 'duplicate') isTold = true;
  }
  // Another price under the same id may be a change of the first.
  const isOnce = ledger.roleOf(attempts[0] ?? 0) === 'idempotency.changed-payload';
  return accepted === 0 ? Number(isTold) : isOnce ? 1 : Math.min(0xffff, accepted);
}
