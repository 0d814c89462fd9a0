import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Ledger } from '../journal/ledger.ts';
import { type Complaint, complaint } from './complaint.ts';
import { shareOf } from './idempotency/probe.ts';

/** Signals a webhook whose pairs are compared, each with each. */
const maxCompared = 2_000;

/**
 * Of the pairs of signals to one webhook that were surely sent one after the other (the first answered before the second was
 * sent), those that were processed the other way about.
 * @param signals the requests of each signal; signals sent once count.
 * @returns in words, or null where read-back shows no pair.
 */
export function orderOf(ledger: Ledger, signals: readonly (readonly number[])[]): string | null {
  const byWebhook = new Map<number, number[]>();
  for (const attempts of signals) {
    const [at] = attempts;
    if (at === undefined || attempts.length > 1 || ledger.placeOf(ledger.signalOf(at)) === 0) continue;
    const list = byWebhook.get(ledger.webhookOf(at));
    if (list === undefined) byWebhook.set(ledger.webhookOf(at), [at]);
    else list.push(at);
  }
  let pairs = 0;
  let reversed = 0;
  for (const list of byWebhook.values()) {
    let here = 0;
    let reversedHere = 0;
    list.slice(0, maxCompared).forEach((earlier, n) => {
      for (const later of list.slice(n + 1, maxCompared)) {
        const [a, b] = ledger.sendUs(earlier) <= ledger.sendUs(later) ? [earlier, later] : [later, earlier];
        if (ledger.endUs(a) >= ledger.sendUs(b)) continue;
        here += 1;
        if (ledger.placeOf(ledger.signalOf(a)) > ledger.placeOf(ledger.signalOf(b))) reversedHere += 1;
      }
    });
    pairs += here;
    // No server turns most of the order about: such a list is told newest first.
    reversed += Math.min(reversedHere, here - reversedHere);
  }
  if (pairs === 0) return null;
  return `order of processing: ${shareOf(reversed, pairs)} of the pairs sent one after the other to a webhook were processed the other way about`;
}

export interface Counters {
  readonly complaints: readonly Complaint[];
  readonly remarks: readonly string[];
  /** Webhooks whose counter was compared. */
  readonly compared: number;
}

/**
 * The target's own counter of what it processed for a webhook against the effects it lists. They must be equal where the
 * webhooks are new; a given webhook's history may be in the one and not in the other, and then the difference is only said.
 * @param relied whether a webhook's list is complete.
 * @param hasHistory whether effects of other scenarios were read back.
 */
export function countersOf(ledger: Ledger, profile: TargetProfile, relied: boolean, hasHistory: boolean): Counters {
  const isNew = profile.provisioning.kind === 'create' && !hasHistory;
  const told: string[] = [];
  let compared = 0;
  let less = 0;
  let more = 0;
  let example = '';
  for (const [webhook, total] of ledger.totals) {
    const effects = ledger.effectsByWebhook.get(webhook) ?? 0;
    if (!ledger.isReadBack(webhook)) continue;
    compared += 1;
    if (total === effects) continue;
    if (total < effects) less += effects - total;
    else more += total - effects;
    example ||= `webhook ${webhook}: the counter says ${total}, the list holds ${effects}`;
  }
  if (less > 0) told.push(`lost counter updates: ${less} fewer counted than processed (${example})`);
  if (more > 0) told.push(`the target counts ${more} more than it lists as processed (${example})`);
  if (isNew && relied) {
    return { complaints: told.map((text) => complaint('counter differs', text)), remarks: [], compared };
  }
  if (told.length > 0 && !isNew) told.push('given webhooks may have a history: not judged');
  return { complaints: [], remarks: told, compared };
}
