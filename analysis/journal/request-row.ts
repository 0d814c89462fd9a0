import type { Purpose, RecordedOutcome } from '../../contract/journal/outcomes.ts';

/** One request as it was recorded; what is absent was not recorded. */
export interface RequestRow {
  readonly sendUs: number;
  readonly endUs: number;
  readonly phase: string;
  readonly purpose: Purpose;
  readonly outcome: RecordedOutcome;
  readonly status: number;
  /** k6's error code or one of ours, see contract/journal/request-failures.ts. */
  readonly error?: number | null;
  readonly webhook?: number | null;
  readonly signal?: string | null;
  /** Number of its set in `headerSets`; null if the answer says nothing of limits. */
  readonly headers?: number | null;
  /** Instead, in older journals: Retry-After of a refusal. */
  readonly retryAfterMs?: number | null;
  /** Hash of the answer's body. */
  readonly answerHash?: number | null;
  /** Where a redirect leads. */
  readonly location?: string | null;
  /** Which of the run's generators sent it; 0 if there is one. */
  readonly generator?: number;
}
