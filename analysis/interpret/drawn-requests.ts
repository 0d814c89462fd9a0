import { sentName } from '../../contract/plan/signal-id.ts';
import { type DrawnRequest, maxBars } from '../../contract/report/pictures.ts';
import type { Ledger } from '../journal/ledger.ts';
import { none } from '../journal/ledger-rows.ts';

// Requests as pictures draw them.

/** The id of a request's signal without the run's tag; empty if it has none. */
export function signalName(ledger: Ledger, at: number): string {
  const signal = ledger.signalOf(at);
  if (signal === none) return '';
  const id = sentName(ledger.signals.text(signal));
  return id.slice(id.indexOf('-') + 1);
}

/** Milliseconds from an instant, to a tenth. */
export const msFrom = (us: number, zeroUs: number): number => Math.round((us - zeroUs) / 100) / 10;

/** Seconds from the start of a run, to a millisecond. */
export const secondsFrom = (us: number, startedAtUs: number): number => Math.round((us - startedAtUs) / 1000) / 1000;

/** @param marks what is wrong with some of them, by index. */
export function drawnRequests(
  ledger: Ledger,
  indices: ArrayLike<number>,
  zeroUs: number,
  marks: ReadonlyMap<number, string>,
): { readonly requests: readonly DrawnRequest[]; readonly leftOut: number } {
  const kept = around(Array.from(indices), marks);
  return {
    requests: kept.map((at) => ({
      id: signalName(ledger, at),
      fromMs: msFrom(ledger.sendUs(at), zeroUs),
      toMs: msFrom(ledger.endUs(at), zeroUs),
      outcome: ledger.outcomeOf(at),
      mark: marks.get(at) ?? null,
    })),
    leftOut: indices.length - kept.length,
  };
}

/** What followed on a fault says little of it. */
const maxAfter = 30;

/** As many as a picture holds: those before the last one that is marked, and some after it. */
function around(indices: readonly number[], marks: ReadonlyMap<number, string>): readonly number[] {
  const place = indices.findLastIndex((at) => marks.has(at));
  const to = place === -1 ? maxBars : place + 1 + maxAfter;
  return indices.slice(0, to).slice(-maxBars);
}
