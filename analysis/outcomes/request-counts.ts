import type { Purpose, RecordedOutcome } from '../../contract/journal/outcomes.ts';
import type { Counts } from '../interpret/digest.ts';
import type { Ledger } from '../journal/ledger.ts';

type Growing = Map<Purpose, Map<RecordedOutcome, number>>;

/** All requests of a ledger, set-up and read-back included. */
export function requestCounts(ledger: Ledger): {
  /** As the generator recorded them. */
  readonly recorded: Counts;
  /** By what the answers mean. */
  readonly meant: Counts;
  /** Of whose effect no answer tells. */
  readonly unknown: Counts;
} {
  const [recorded, meant, unknown]: [Growing, Growing, Growing] = [new Map(), new Map(), new Map()];
  for (let at = 0; at < ledger.length; at += 1) {
    const purpose = ledger.purposeOf(at);
    count(recorded, purpose, ledger.recordedOutcomeOf(at));
    count(meant, purpose, ledger.outcomeOf(at));
    if (ledger.isUnknown(at)) count(unknown, purpose, ledger.recordedOutcomeOf(at));
  }
  return { recorded, meant, unknown };
}

function count(counts: Growing, purpose: Purpose, outcome: RecordedOutcome, n = 1): void {
  const byOutcome = counts.get(purpose) ?? new Map<RecordedOutcome, number>();
  counts.set(purpose, byOutcome.set(outcome, (byOutcome.get(outcome) ?? 0) + n));
}

export function addCounts(a: Counts, b: Counts): Counts {
  const sum: Growing = new Map([...a].map(([purpose, byOutcome]) => [purpose, new Map(byOutcome)]));
  for (const [purpose, byOutcome] of b) for (const [outcome, n] of byOutcome) count(sum, purpose, outcome, n);
  return sum;
}
