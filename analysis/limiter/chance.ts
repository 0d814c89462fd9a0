import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { mustBeAdmitted } from '../interpret/expected-outcome.ts';
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
  const random = mulberry32(1);
  for (let trial = 0; trial < trials; trial += 1) {
    const dealt = counts.map((count) => dealtAnew(count, random));
    const moved = dealt.reduce((sum, { refusals }) => sum + refusals, 0);
    if (moved < minRefusals) return false;
    if (explains(dealt.map(({ count }) => count))) return true;
  }
  return false;
}

/** The same requests; as many of those that the declared limiter had to admit are refused, but others. */
function dealtAnew(count: Counts[number], random: () => number) {
  const { ledger, indices } = count;
  const expected = count.expected();
  const legitimate = indices.filter((at, n) => {
    const outcome = ledger.outcomeOf(at);
    return mustBeAdmitted(expected[n] ?? 0) && (outcome === 'limited' || outcome === 'accepted');
  });
  const imagined = new Map<number, RecordedOutcome>();
  let left = legitimate.filter((at) => ledger.outcomeOf(at) === 'limited').length;
  const refusals = left;
  for (const [n, at] of legitimate.entries()) {
    const isRefused = random() * (legitimate.length - n) < left;
    if (isRefused) left -= 1;
    imagined.set(at, isRefused ? 'limited' : 'accepted');
  }
  return { count: { ...count, ledger: ledger.as({ imagined }) }, refusals };
}

/** Numbers from 0 to 1, the same each time. Source: T. Ettinger's mulberry32, in the public domain. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
