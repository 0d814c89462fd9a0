import { parseSignalId, sharedId } from '../../contract/plan/signal-id.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { isReadAtOnce } from '../../contract/profile/read-at-once.ts';
import type { Ledger } from '../journal/ledger.ts';
import { none } from '../journal/ledger-rows.ts';
import { dealtOut, namesById } from '../journal/sent-twice.ts';

/**
 * Read-back pages that are one list, because the path of the read-back does not separate webhooks: what stands on each of them was
 * processed once. In the ledger that this returns it is counted once.
 */
export function readAsOneList(ledger: Ledger, profile: TargetProfile): Ledger {
  if (isReadAtOnce(profile)) {
    return ledger.as({ oneList: { pages: 1, hasGrown: false, isTold: true, effects: new Map() } });
  }
  const list = ledger.pages.ofOneList(runTagOf(ledger), ledger.readbacks.keys());
  if (list === null) return ledger;
  return ledger.as({ oneList: { ...list, isTold: ledger.pages.areTimed, effects: effectsOfShared(ledger) } });
}

function runTagOf(ledger: Ledger): string {
  for (let at = 0; at < ledger.length; at += 1) {
    const signal = ledger.signalOf(at);
    if (!ledger.isSignal(at) || signal === none) continue;
    const id = ledger.signals.text(signal);
    return id.slice(0, Math.max(0, id.indexOf('-')));
  }
  return '';
}

/** Effects of signals that share an id with another webhook's. Each page has all of them under its own webhook's name. */
function effectsOfShared(ledger: Ledger): ReadonlyMap<number, number> {
  const told = new Map<string, number>();
  const effects = new Map<number, number>();
  ledger.signals.forEach((name, signal) => {
    if (parseSignalId(name)?.variant?.startsWith('@') !== true) return;
    const id = sharedId(name);
    told.set(id, Math.max(told.get(id) ?? 0, ledger.effects(signal)));
    effects.set(signal, 0);
  });
  const names = namesById(ledger);
  for (const [id, count] of told) {
    for (const name of dealtOut(names.get(id) ?? [], count)) {
      const signal = ledger.signals.indexOf(name);
      effects.set(signal, (effects.get(signal) ?? 0) + 1);
    }
  }
  return effects;
}
