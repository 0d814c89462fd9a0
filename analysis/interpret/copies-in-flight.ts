import type { Ledger } from '../journal/ledger.ts';
import { none } from '../journal/ledger-rows.ts';
import { PrefixBest } from './prefix-best.ts';

const known = new WeakMap<Ledger, Uint8Array>();

/**
 * Whether a duplicate may have been taken for new at first: its key may have been set while it was under way. A server that looks for the key,
 * then counts, then stores under a unique constraint counts such a copy, and knows it only when it stores it.
 */
export function mayHaveLookedNew(ledger: Ledger, at: number): boolean {
  let found = known.get(ledger);
  if (found?.length !== ledger.length) {
    found = findAll(ledger);
    known.set(ledger, found);
  }
  return found[at] === 1;
}

function findAll(ledger: Ledger): Uint8Array {
  const found = new Uint8Array(ledger.length);
  for (const copies of copiesOf(ledger)) {
    const times = ledger.timesAmong(copies);
    const sendOf = (at: number): number => times.sendUs(at);
    const endOf = (at: number): number => times.endUs(at);
    const accepted = copies.filter((at) => ledger.outcomeOf(at) === 'accepted');
    const duplicates = copies.filter((at) => ledger.outcomeOf(at) === 'duplicate');
    const shownUs = Math.min(lowest(accepted, endOf), lowest(duplicates, endOf));
    // What got no answer may be decided on at any time.
    const openUs = lowest(
      copies.filter((at) => ledger.isUnknown(at)),
      sendOf,
    );
    const lastAccepted = new PrefixBest(accepted, sendOf, endOf);
    for (const at of duplicates) {
      const isAcceptedMeanwhile = lastAccepted.highest(endOf(at)) > sendOf(at);
      const isOpen = shownUs > sendOf(at) && openUs <= endOf(at);
      if (isAcceptedMeanwhile || isOpen) found[at] = 1;
    }
  }
  return found;
}

/** Rows of each signal of which there is a duplicate. */
function copiesOf(ledger: Ledger): Iterable<readonly number[]> {
  const copies = new Map<number, number[]>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.outcomeOf(at) === 'duplicate' && ledger.signalOf(at) !== none) copies.set(ledger.signalOf(at), []);
  }
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.isSignal(at)) copies.get(ledger.signalOf(at))?.push(at);
  }
  return copies.values();
}

const lowest = (rows: readonly number[], of: (at: number) => number): number =>
  rows.reduce((low, at) => Math.min(low, of(at)), Number.POSITIVE_INFINITY);
