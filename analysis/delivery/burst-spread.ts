import { isIdenticalBurst } from '../../contract/plan/roles.ts';
import type { Ledger } from '../journal/ledger.ts';

/** Milliseconds between the first and the last sending of burst's identical signals; null where none was sent. */
export function burstSpreadMs(ledger: Ledger): number | null {
  let fromUs = Number.POSITIVE_INFINITY;
  let toUs = 0;
  for (let at = 0; at < ledger.length; at += 1) {
    if (!isIdenticalBurst(ledger.roleOf(at)) || !ledger.isSignal(at)) continue;
    fromUs = Math.min(fromUs, ledger.sendUs(at));
    toUs = Math.max(toUs, ledger.sendUs(at));
  }
  return toUs === 0 ? null : (toUs - fromUs) / 1000;
}
