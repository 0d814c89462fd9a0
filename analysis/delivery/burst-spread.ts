import { isIdenticalBurst } from '../../contract/plan/roles.ts';
import type { Measure } from '../../contract/report/report.ts';
import type { Ledger } from '../journal/ledger.ts';

export interface BurstSpread {
  /** Milliseconds between the first and the last sending. */
  readonly ms: number;
  /** How much longer or shorter it may have been, for the clocks of several generators. */
  readonly uncertaintyMs: number;
}

/** Of burst's identical signals; null where none was sent. */
export function burstSpread(ledger: Ledger): BurstSpread | null {
  let first: number | null = null;
  let last: number | null = null;
  for (let at = 0; at < ledger.length; at += 1) {
    if (!isIdenticalBurst(ledger.roleOf(at)) || !ledger.isSignal(at)) continue;
    if (first === null || ledger.notedSendUs(at) < ledger.notedSendUs(first)) first = at;
    if (last === null || ledger.notedSendUs(at) > ledger.notedSendUs(last)) last = at;
  }
  if (first === null || last === null) return null;
  const spreadUs = ledger.notedSendUs(last) - ledger.notedSendUs(first);
  return { ms: spreadUs / 1000, uncertaintyMs: (2 * ledger.widestUs) / 1000 };
}

/** `12.3 ms`, and ` ±0.4 ms` if clocks leave that open. */
export function spreadInWords({ ms, uncertaintyMs }: BurstSpread): string {
  return `${ms.toFixed(1)} ms${uncertaintyMs === 0 ? '' : ` ±${uncertaintyMs.toFixed(1)} ms`}`;
}

/** The same as figures. */
export function spreadMeasure({ ms, uncertaintyMs }: BurstSpread): Measure {
  const open = uncertaintyMs === 0 ? {} : { low: Math.max(0, ms - uncertaintyMs), high: ms + uncertaintyMs };
  return { name: 'burst-spread', value: ms, unit: 'ms', ...open };
}
