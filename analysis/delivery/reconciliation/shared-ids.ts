import { isElsewhere } from '../../../contract/plan/elsewhere.ts';
import { sharedId } from '../../../contract/plan/signal-id.ts';
import type { Ledger } from '../../journal/ledger.ts';

/**
 * Signals that differ in the ticker or the webhook alone share an id in pairs (see contract/plan/signal-id.ts). A read-back that tells the id alone names
 * neither of the two: nothing it says or leaves out can be held against one of them.
 */
export class SharedIds {
  private readonly ledger: Ledger;
  private readonly indices = new Set<number>();

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  /** Whether the read-back names the signal by an id that it shares. */
  isNamedByIt(signal: number, at: number): boolean {
    const role = this.ledger.roleOf(at);
    if (role !== 'idempotency.distinct-ticker' && !isElsewhere(role)) return false;
    const { signals } = this.ledger;
    const index = signals.find(sharedId(signals.text(signal)));
    if (index === null || index === signal || this.ledger.effects(index) === 0) return false;
    this.indices.add(index);
    return true;
  }

  /** Whether the index is that of an id shared by signals that were asked about. */
  has(index: number): boolean {
    return this.indices.has(index);
  }
}
