import type { Ledger } from '../journal/ledger.ts';
import { forEachSignal } from './attempts.ts';

/** Fewer signals do not place a clock. */
const minPlaced = 5;

/** Many servers tell whole seconds. */
const roundedUs = 1_000_000;

const known = new WeakMap<Ledger, number | null>();

/**
 * The least that the server's clock is ahead of the generator's, or 0 if that is less: by signals with one effect, which came before the
 * end of the first answer, or later. Then the server looks as if its clock were ahead. Null where too few signals tell.
 */
export function minServerOffsetUs(ledger: Ledger): number | null {
  const before = known.get(ledger);
  if (before !== undefined) return before;
  let minUs = 0;
  let placed = 0;
  forEachSignal(ledger, ([first], signal) => {
    if (first === undefined || ledger.recordedOutcomeOf(first) !== 'accepted') return;
    const toldUs = ledger.effectTimes.toldUsOf(signal);
    if (toldUs === 0 || ledger.effects(signal) !== 1) return;
    placed += 1;
    minUs = Math.min(minUs, toldUs - ledger.endUs(first));
  });
  const found = placed < minPlaced ? null : minUs;
  known.set(ledger, found);
  return found;
}

/** Whether all effects of a signal surely came before a request of it was sent: none is that request's. */
export function areEffectsBefore(ledger: Ledger, signal: number, at: number): boolean {
  const toldUs = ledger.effectTimes.lastToldUsOf(signal);
  const offsetUs = toldUs === 0 ? null : minServerOffsetUs(ledger);
  return offsetUs !== null && toldUs - offsetUs + roundedUs < ledger.sendUs(at);
}
