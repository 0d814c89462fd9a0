import type { Ledger } from '../journal/ledger.ts';
import { forEachSignal } from './attempts.ts';

/** Servers that cut a list off mostly do so at a round number. */
export const roundLength = 50;
/** The oldest entries that a list has dropped; fewer may as well have been lost. */
export const minDropped = 10;

/** What one webhook's list lacks, and what it has, by the last acceptance of each signal: it may be the one that was processed. */
interface Listed {
  readonly entries: number;
  missing: number;
  missingToUs: number;
  presentFromUs: number;
}

/**
 * Read-back lists that end at a number of entries, newest first: what is missing from them is no loss, and proves nothing. All that is
 * missing was accepted before all that is there, and either the number is a round one, or several lists end at it, none is longer, and no
 * single moment lies between what is missing and what is there: a store that lost all up to a moment leaves such lists, too.
 * @returns the ledger in which these count as not read back.
 */
export function withoutCutOffLists(ledger: Ledger): Ledger {
  const lists = listsOf(ledger);
  const dropping = [...lists].filter(
    ([, { missing, missingToUs, presentFromUs }]) => missing >= minDropped && missingToUs <= presentFromUs,
  );
  const longest = [...lists.values()].reduce((most, { entries }) => Math.max(most, entries), 0);
  const atLongest = dropping.filter(([, { entries }]) => entries === longest);
  const areAlike = atLongest.length > 1 && !haveOneMoment(atLongest.map(([, list]) => list));
  const cutOff = new Map<number, number>();
  for (const [webhook, { entries }] of dropping) if (entries % roundLength === 0) cutOff.set(webhook, entries);
  if (areAlike) {
    for (const [webhook, { entries, missing }] of lists) {
      if (entries === longest && missing > 0) cutOff.set(webhook, entries);
    }
  }
  if (cutOff.size === 0) return ledger;
  return ledger.as({ cutOff: ledger.oneList === null ? cutOff : ofAllWebhooks(ledger, cutOff) });
}

/** A list that tells of all webhooks is cut off for each of them. */
function ofAllWebhooks(ledger: Ledger, cutOff: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  const [entries = 0] = cutOff.values();
  return new Map([...ledger.signalsByWebhook().keys()].map((webhook) => [webhook, entries]));
}

/** Whether at one moment all that is missing had been accepted, and nothing that is there. */
function haveOneMoment(lists: readonly Listed[]): boolean {
  const missingToUs = lists.reduce((last, list) => Math.max(last, list.missingToUs), 0);
  const presentFromUs = lists.reduce((first, list) => Math.min(first, list.presentFromUs), Number.POSITIVE_INFINITY);
  return missingToUs <= presentFromUs;
}

function listsOf(ledger: Ledger): ReadonlyMap<number, Listed> {
  const lists = new Map<number, Listed>();
  for (const [webhook, entries] of ledger.readbacks) {
    if (entries === 0 || !ledger.isReadBack(webhook)) continue;
    // One list is held by one webhook, or is the same on each.
    if (ledger.oneList !== null && lists.size > 0) continue;
    lists.set(webhook, { entries, missing: 0, missingToUs: 0, presentFromUs: Number.POSITIVE_INFINITY });
  }
  if (lists.size === 0) return lists;
  forEachSignal(ledger, (attempts, signal) => {
    const accepted = attempts.filter((at) => ledger.recordedOutcomeOf(at) === 'accepted').at(-1);
    const [one] = ledger.oneList === null ? [] : lists.values();
    const list = accepted === undefined ? undefined : (one ?? lists.get(ledger.webhookOf(accepted)));
    if (accepted === undefined || list === undefined) return;
    if (ledger.effects(signal) > 0) {
      list.presentFromUs = Math.min(list.presentFromUs, ledger.endUs(accepted));
    } else {
      list.missing += 1;
      list.missingToUs = Math.max(list.missingToUs, ledger.sendUs(accepted));
    }
  });
  return lists;
}
