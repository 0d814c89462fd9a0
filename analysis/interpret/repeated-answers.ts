import type { Ledger } from '../journal/ledger.ts';

/** Of a signal's requests, those that got an earlier accepted answer again, and how many different ones there were. */
export function repeatedAnswers(ledger: Ledger, attempts: readonly number[]) {
  const seen = new Set<number>();
  const again: number[] = [];
  for (const at of attempts) {
    const hash = ledger.answerHashOf(at);
    if (hash === 0 || ledger.recordedOutcomeOf(at) !== 'accepted') continue;
    if (seen.has(hash)) again.push(at);
    seen.add(hash);
  }
  return { again, different: seen.size };
}
