import type { PerSecond } from '../interpret/digest.ts';
import { Column } from '../journal/column.ts';
import type { Ledger } from '../journal/ledger.ts';

/** Counts of signals by second: four bytes a second, however many there are. */
export class SignalsPerSecond implements PerSecond {
  private readonly counts = new Column(Uint32Array);
  private readonly fromSecond: number;

  /** @param fromUs nothing ended before. */
  constructor(fromUs: number) {
    this.fromSecond = Math.floor(fromUs / 1e6);
  }

  add(ledger: Ledger): void {
    for (let at = 0; at < ledger.length; at += 1) {
      const second = Math.floor(ledger.notedEndUs(at) / 1e6) - this.fromSecond;
      if (ledger.isSignal(at) && second >= 0) this.counts.set(second, this.counts.get(second) + 1);
    }
  }

  within(fromUs: number, toUs: number): number {
    let sum = 0;
    const last = Math.floor(toUs / 1e6) - this.fromSecond;
    for (let second = Math.max(0, Math.floor(fromUs / 1e6) - this.fromSecond); second <= last; second += 1) {
      sum += this.counts.get(second);
    }
    return sum;
  }
}
