import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { mustBeAdmitted } from '../interpret/expected-outcome.ts';
import type { Ledger } from '../journal/ledger.ts';
import { seeded } from '../seeded.ts';
import type { Counts } from './kind.ts';

/** Of fewer refusals, a few others may look alike by accident. */
const minRefusals = 10;
const trials = 5;

/**
 * Whether a kind of limiter would as well explain refusals of so many of the same requests, picked at random: then it says nothing
 * that it explains those that were refused.
 * @param explains whether the kind explains what these counts show.
 * @param min of fewer refusals nothing is known.
 */
export function wouldExplainChance(
  counts: Counts,
  explains: (counts: Counts) => boolean,
  min: number = minRefusals,
): boolean {
  const decks = counts.map(deckOf);
  if (decks.reduce((sum, { refusals }) => sum + refusals, 0) < min) return false;
  const random = seeded(1);
  for (let trial = 0; trial < trials; trial += 1) {
    if (explains(dealtAnew(decks, random))) return true;
  }
  return false;
}

/** The requests of a count that the declared limiter had to admit, and how many of them were refused. */
interface Deck {
  readonly count: Counts[number];
  readonly legitimate: Uint32Array;
  readonly refusals: number;
}

function deckOf(count: Counts[number]): Deck {
  const { ledger, indices } = count;
  const expected = count.expected();
  const legitimate = indices.filter((at, n) => {
    const outcome = ledger.outcomeOf(at);
    return mustBeAdmitted(expected[n] ?? 0) && (outcome === 'limited' || outcome === 'accepted');
  });
  return { count, legitimate, refusals: legitimate.filter((at) => ledger.outcomeOf(at) === 'limited').length };
}

/** The same requests; as many are refused, but others. What counts have in common, they have in common as dealt anew. */
function dealtAnew(decks: readonly Deck[], random: () => number): Counts {
  const outcomes = new Map<Ledger, Map<number, RecordedOutcome>>();
  for (const { count, legitimate, refusals } of decks) {
    const imagined = outcomes.get(count.ledger) ?? new Map<number, RecordedOutcome>();
    outcomes.set(count.ledger, imagined);
    let left = refusals;
    for (const [n, at] of legitimate.entries()) {
      const isRefused = random() * (legitimate.length - n) < left;
      if (isRefused) left -= 1;
      imagined.set(at, isRefused ? 'limited' : 'accepted');
    }
  }
  const ledgers = new Map([...outcomes].map(([ledger, imagined]) => [ledger, ledger.as({ imagined })]));
  return decks.map(({ count }) => ({ ...count, ledger: ledgers.get(count.ledger) ?? count.ledger }));
}
