import { phases } from '../../../contract/plan/plan.ts';
import type { Ledger } from '../../journal/ledger.ts';

/**
 * Signals of phase `unlike` share an id in pairs and are named `<id>~<ticker>`. A read-back that tells the id alone names
 * neither of the two: nothing it says or leaves out can be held against one of them.
 */
export class SharedIds {
  private readonly ledger: Ledger;
  private readonly indices = new Set<number>();

  constructor(ledger: Ledger) {
    this.ledger = ledger;
  }

  /** Whether the read-back names the signal by an id that it shares. */
  isNamedByIt(signal: number, phase: string): boolean {
    if (phase !== phases.idempotencyDistinctTicker) return false;
    const { signals } = this.ledger;
    const [id = ''] = signals.text(signal).split('~');
    const index = signals.find(id);
    if (index === null || index === signal || this.ledger.effects(index) === 0) return false;
    this.indices.add(index);
    return true;
  }

  /** Whether the index is that of an id shared by signals that were asked about. */
  has(index: number): boolean {
    return this.indices.has(index);
  }
}
