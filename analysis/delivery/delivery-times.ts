import type { Ledger } from '../journal/ledger.ts';
import { max } from '../statistics.ts';
import { backlogOf } from './backlog.ts';
import { DeliveredSignals } from './delivered-signals.ts';

/** A figure in milliseconds that lies between the two; they are one where the target told the time. */
export interface Between {
  readonly low: number;
  readonly high: number;
}

export interface DeliveryTimes {
  /** Signals whose effect's time is known. */
  readonly signals: number;
  /** From the answer to the effect. */
  readonly p50: Between;
  readonly p95: Between;
  readonly max: Between;
  /** From the last answer to the last effect; null if some effect never came. */
  readonly emptyAfter: Between | null;
  /** The most signals that surely waited at the end of a second. */
  readonly maxBacklog: number;
  readonly clockErrorUs: number;
}

/** Of so many signals percentiles are exact; of more, every n-th stands for all. The maximum always is exact. */
const maxSorted = 200_000;

/** How long effects took, by what the target told or by the polls of read-back; null where neither tells. */
export function deliveryTimes(ledger: Ledger): DeliveryTimes | null {
  const signals = new DeliveredSignals(ledger);
  const every = Math.ceil(ledger.signals.size / maxSorted);
  const lows: number[] = [];
  const highs: number[] = [];
  const longest = { low: 0, high: 0 };
  const last = { fromUs: 0, toUs: 0 };
  let lastAnswerUs = 0;
  let isMissing = false;
  let timed = 0;
  signals.forEach(({ answeredUs, effect }) => {
    lastAnswerUs = Math.max(lastAnswerUs, answeredUs);
    if (effect === null) {
      isMissing = true;
      return;
    }
    const low = Math.max(0, (effect.fromUs ?? answeredUs) - answeredUs) / 1000;
    const high = Math.max(0, effect.toUs - answeredUs) / 1000;
    longest.low = Math.max(longest.low, low);
    longest.high = Math.max(longest.high, high);
    last.fromUs = Math.max(last.fromUs, effect.fromUs ?? 0);
    last.toUs = Math.max(last.toUs, effect.toUs);
    if (timed % every === 0) {
      lows.push(low);
      highs.push(high);
    }
    timed += 1;
  });
  if (timed === 0) return null;
  lows.sort((a, b) => a - b);
  highs.sort((a, b) => a - b);
  const at = (share: number): Between => ({ low: percentile(lows, share), high: percentile(highs, share) });
  const after = (us: number): number => Math.max(0, us - lastAnswerUs) / 1000;
  return {
    signals: timed,
    p50: at(0.5),
    p95: at(0.95),
    max: longest,
    emptyAfter: isMissing ? null : { low: after(last.fromUs), high: after(last.toUs) },
    maxBacklog: max(backlogOf(ledger)?.waiting ?? []) ?? 0,
    clockErrorUs: signals.clockErrorUs,
  };
}

/** The value that a share of the sorted ones does not exceed. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}
