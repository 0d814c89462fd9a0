import type { Outcome, Purpose } from './outcomes.ts';

/**
 * What the scenarios tell the timeline output (k6/timeline, which spells the same names in Go).
 * One trend sample a request, named by purpose and outcome, its value the service time in milliseconds. So k6's own
 * summary shows counts and response times by outcome, and the output joins the sample with the HTTP trail of the same VU.
 */
export const outcomeMetric = (purpose: Purpose, outcome: Outcome): string => `webhook_${purpose}_${outcome}`;

/** A counter sample per effect read back; its metadata are `signal`, `webhook` and `processed_at_us`. */
export const effectMetric = 'webhook_effects';

/** A counter sample per webhook whose read-back is complete; its value is the number of effects, metadata `webhook`. */
export const readbackMetric = 'webhook_readbacks';

/** Keys of k6 metadata: high-cardinality values that must not become tags. */
export const metadataKeys = {
  /** Unique per request within a k6 process: joins the trail and the outcome sample. */
  request: 'request',
  signal: 'signal',
  webhook: 'webhook',
  processedAtUs: 'processed_at_us',
  /** On the outcome sample of a refusal: the Retry-After of the answer in milliseconds. */
  retryAfterMs: 'retry_after_ms',
  /** On the outcome sample where the profile knows replays by their body: a hash of the answer's body, 32 bits. */
  answerHash: 'answer_hash',
  /** On a read-back sample: the target's own counter of all that it ever processed. */
  total: 'total',
} as const;

/** The one tag of ours that every request carries. */
export const purposeTag = 'purpose';
