import type { Ledger } from '../journal/ledger.ts';
import { type Delivered, DeliveredSignals } from './delivered-signals.ts';

/** Signals that were accepted and surely not processed yet. */
export interface Backlog {
  /** The second since the epoch of the first value. */
  readonly fromSecond: number;
  /** At the end of each second. */
  readonly waiting: Float64Array;
}

/**
 * The backlog over time; null if read-back tells no times.
 * @param untilUs the end of what is shown, if signals are missing until then.
 */
export function backlogOf(ledger: Ledger, untilUs = 0): Backlog | null {
  const signals = new DeliveredSignals(ledger);
  let firstUs = Number.POSITIVE_INFINITY;
  let lastUs = untilUs;
  let isTimed = false;
  signals.forEach((one) => {
    firstUs = Math.min(firstUs, one.answeredUs);
    lastUs = Math.max(lastUs, one.answeredUs, leftUs(one) ?? 0);
    if (one.effect !== null) isTimed = true;
  });
  if (!isTimed) return null;
  const fromSecond = Math.floor(firstUs / 1e6);
  const waiting = new Float64Array(Math.floor(lastUs / 1e6) - fromSecond + 1);
  const change = (us: number, by: number): void => {
    const second = Math.floor(us / 1e6) - fromSecond;
    waiting[second] = (waiting[second] ?? 0) + by;
  };
  signals.forEach((one) => {
    change(one.answeredUs, 1);
    const us = leftUs(one);
    if (us !== null) change(us, -1);
  });
  for (let second = 1; second < waiting.length; second += 1) {
    waiting[second] = (waiting[second] ?? 0) + (waiting[second - 1] ?? 0);
  }
  return { fromSecond, waiting };
}

/** From when on a signal may have left the backlog; null: it never did. */
function leftUs({ answeredUs, effect }: Delivered): number | null {
  return effect === null ? null : Math.max(answeredUs, effect.fromUs ?? 0);
}
