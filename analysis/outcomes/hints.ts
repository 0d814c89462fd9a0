import { isNoticedChange } from '../delivery/idempotency/changed-payload.ts';
import type { Hints } from '../digest/digest.ts';
import { isOfForgedPhase } from '../interpret/forged.ts';
import type { ScenarioRun } from '../interpret/run.ts';
import type { Ledger } from '../journal/ledger.ts';

/** How signals were refused, by status; none without a ledger. */
export function hintsOf({ ledger, digest }: Pick<ScenarioRun, 'ledger' | 'digest'>): Hints {
  return digest?.hints ?? (ledger === null ? noHints : hintsIn(ledger));
}

export function hintsIn(ledger: Ledger): Hints {
  const refused = new Map<number, { readonly count: number; readonly redirect: string | null }>();
  let [signals, throttled] = [0, 0];
  for (let at = 0; at < ledger.length; at += 1) {
    if (!ledger.isSignal(at) || isOfForgedPhase(ledger, at)) continue;
    const outcome = ledger.outcomeOf(at);
    if (outcome === 'abandoned') continue;
    signals += 1;
    if (outcome === 'limited') throttled += 1;
    if ((outcome !== 'rejected' && outcome !== 'failed') || isNoticedChange(ledger, at)) continue;
    const status = ledger.statusOf(at);
    refused.set(status, { count: (refused.get(status)?.count ?? 0) + 1, redirect: ledger.redirectOf(status) });
  }
  return { signals, throttled, refused };
}

export function addHints(a: Hints, b: Hints): Hints {
  const refused = new Map(a.refused);
  for (const [status, { count, redirect }] of b.refused) {
    const before = refused.get(status);
    refused.set(status, { count: count + (before?.count ?? 0), redirect: before?.redirect ?? redirect });
  }
  return { signals: a.signals + b.signals, throttled: a.throttled + b.throttled, refused };
}

export const noHints: Hints = { signals: 0, throttled: 0, refused: new Map() };
