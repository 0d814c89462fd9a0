import { type answeredOutcomes, purposes } from '../contract/journal/outcomes.ts';

/** What the backend did with a request. */
export type BackendOutcome = (typeof answeredOutcomes)[number];

/** A purpose is what the request's header says; `none` where it has none, `unknown` for any text that is no purpose. */
export type CountedPurpose = (typeof countedPurposes)[number];
const countedPurposes = [...purposes, 'none', 'unknown'] as const;

export function countedPurpose(header: string | readonly string[] | undefined): CountedPurpose {
  if (header === undefined) return 'none';
  return countedPurposes.find((purpose) => purpose === header) ?? 'unknown';
}

export type Counts = Partial<Record<CountedPurpose, Partial<Record<BackendOutcome, number>>>>;

export function countRequest(counts: Counts, purpose: CountedPurpose, outcome: BackendOutcome): void {
  counts[purpose] ??= {};
  counts[purpose][outcome] = (counts[purpose][outcome] ?? 0) + 1;
}
