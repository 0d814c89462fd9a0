import type { Ledger } from '../../journal/ledger.ts';
import { httpDateMs } from './server-time.ts';

/** By ledger, how far the server's clock is ahead of the generator's, at least. */
const known = new WeakMap<Ledger, number>();

/**
 * How old a Date was, in milliseconds, when its answer was in; 0 if the answer has none. Servers renew it once a second, and a busy one
 * does so seldom: uvicorn's was found eight seconds old. None is ahead of the clock that it was read from, and of many some are new.
 */
export function dateLagMs(ledger: Ledger, at: number): number {
  const dateMs = dateOf(ledger, at);
  if (dateMs === null) return 0;
  return ledger.endUs(at) / 1000 + minAheadMs(ledger) - dateMs;
}

function minAheadMs(ledger: Ledger): number {
  const before = known.get(ledger);
  if (before !== undefined) return before;
  let ahead = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < ledger.length; at += 1) {
    const dateMs = dateOf(ledger, at);
    if (dateMs !== null) ahead = Math.max(ahead, dateMs - ledger.endUs(at) / 1000);
  }
  known.set(ledger, ahead);
  return ahead;
}

function dateOf(ledger: Ledger, at: number): number | null {
  const date = ledger.headerSets.of(at)?.Date;
  return date === undefined ? null : httpDateMs(date);
}
