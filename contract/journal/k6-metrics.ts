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

/**
 * A counter sample per poll of the read-back; its value is the number of this run's effects that it saw, its metadata `took_ms`,
 * `missing` and `state`.
 */
export const pollMetric = 'webhook_polls';

/** A counter sample per signal that a poll saw first, after the poll's own; metadata `signal`. */
export const sightingMetric = 'webhook_sightings';

/** Keys of k6 metadata: high-cardinality values that must not become tags. */
export const metadataKeys = {
  /** Unique per request within a k6 process: joins the trail and the outcome sample. */
  request: 'request',
  signal: 'signal',
  webhook: 'webhook',
  processedAtUs: 'processed_at_us',
  /** On the outcome sample: what the answer says of limits, a JSON object of texts by header. */
  headers: 'headers',
  /** On the outcome sample where the profile knows replays by their body: a hash of the answer's body, 32 bits. */
  answerHash: 'answer_hash',
  /** On the outcome sample of a request without an answer: the reason, where it says more than k6's own error code. */
  error: 'error',
  /** On the outcome sample of a redirect: where it leads, without token and secret. */
  location: 'location',
  /** On a read-back sample: the target's own counter of all that it ever processed. */
  total: 'total',
  /** On a poll's sample: how long it took. */
  tookMs: 'took_ms',
  /** On a poll's sample: promised effects that were not there yet. */
  missing: 'missing',
  /** On a poll's sample: see contract/journal/drain.ts. */
  state: 'state',
} as const;

/** The one tag of ours that every request carries. */
export const purposeTag = 'purpose';
