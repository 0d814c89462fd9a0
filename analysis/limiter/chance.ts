import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { mustBeAdmitted } from '../interpret/expected-outcome.ts';
import { seeded } from '../seeded.ts';
import type { Counts } from './kind.ts';

/** Of fewer refusals, a few others may look alike by accident. */
const minRefusals = 10;
const trials = 5;

/**
 * Whether a kind of limiter would as well explain refusals of so many of the same requests, picked at random: then it says nothing
 * that it explains those that were refused.
 * @param explains whether the kind explains what these counts show.
 */
export function wouldExplainChance(counts: Counts, explains: (counts: Counts) => boolean): boolean {
  const decks = counts.map(deckOf);
  if (decks.reduce((sum, { refusals }) => sum + refusals, 0) < minRefusals) return false;
  const random = seeded(1);
  for (let trial = 0; trial < trials; trial += 1) {
    if (explains(decks.map((deck) => dealtAnew(deck, random)))) return true;
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

/** The same requests; as many are refused, but others. */
function dealtAnew({ count, legitimate, refusals }: Deck, random: () => number): Counts[number] {
  const imagined = new Map<number, RecordedOutcome>();
  let left = refusals;
  for (const [n, at] of legitimate.entries()) {
    const isRefused = random() * (legitimate.length - n) < left;
    if (isRefused) left -= 1;
    imagined.set(at, isRefused ? 'limited' : 'accepted');
  }
  return { ...count, ledger: count.ledger.as({ imagined }) };
}
