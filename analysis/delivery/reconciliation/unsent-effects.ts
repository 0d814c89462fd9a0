import { isOfCheck } from '../../../contract/plan/signal-id.ts';
import type { Ledger } from '../../journal/ledger.ts';
import type { SharedIds } from './shared-ids.ts';

/** The tag that a scenario begins all its ids with. */
const runTagOf = (id: string): string => id.slice(0, Math.max(0, id.indexOf('-')));

/**
 * Effects of signals that were never sent. With this scenario's own tag nobody else can have sent them; other ids are the
 * history of a given webhook, or another sender's.
 * @param sent for each signal's index, 0 where it was never sent.
 * @param shared ids that were sent, under other names.
 */
export function unsentEffects(
  ledger: Ledger,
  sent: Uint8Array,
  shared: SharedIds,
): { readonly unexpected: readonly string[]; readonly thirdParty: number; readonly checks: number } {
  const isUnsent = (signal: number): boolean => sent[signal] === 0 && ledger.effects(signal) > 0 && !shared.has(signal);
  let any = false;
  for (let signal = 0; signal < sent.length && !any; signal += 1) any = isUnsent(signal);
  if (!any) return { unexpected: [], thirdParty: 0, checks: 0 };
  const tags = new Set<string>();
  const unsent: string[] = [];
  ledger.signals.forEach((id, signal) => {
    if (sent[signal] !== 0) tags.add(runTagOf(id));
    else if (isUnsent(signal)) unsent.push(id);
  });
  const unexpected = unsent.filter((id) => tags.has(runTagOf(id)));
  const startedMs = ledger.sendUs(0) / 1000;
  const checks = unsent.filter((id) => !tags.has(runTagOf(id)) && isOfCheck(id, startedMs)).length;
  return { unexpected, thirdParty: unsent.length - unexpected.length, checks };
}
