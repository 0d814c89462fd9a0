/** Outcomes that an answer can have: the others are of requests without one. */
export const answeredOutcomes = [
  'accepted',
  'duplicate',
  'pending',
  'changed',
  'limited',
  'rejected',
  'failed',
] as const;

/**
 * What became of one request, as the target profile reads its answer. `pending` says that another request of the same key is still
 * worked on, `changed` that the key came with another payload before: neither has an effect. A `timeout` is unknown in its effect:
 * the server may or may not have processed it. So is a `failed` one that got no answer at all (status 0), and an `abandoned` one:
 * the generator cut its connection on purpose, or because the run was ended before its time, whether or not it was answered. What is `unsent` had no effect: it failed for a
 * reason on this side, see request-failures.ts.
 */
export const outcomes = [...answeredOutcomes, 'timeout', 'abandoned', 'unsent'] as const;
export type Outcome = (typeof outcomes)[number];

/** Recorded where a request was seen on the wire but the script never said what its answer meant. */
export const unclassified = 'unclassified';
export type RecordedOutcome = Outcome | typeof unclassified;
export const recordedOutcomes: readonly RecordedOutcome[] = [...outcomes, unclassified];

/**
 * Why a request was sent: `load` and `probe` are signals (load makes the traffic, a probe tests one property), `setup` is
 * log-in, provisioning and connection warm-up, `readback` asks what was processed.
 */
export const purposes = ['load', 'probe', 'setup', 'readback'] as const;
export type Purpose = (typeof purposes)[number];

/** The header that tells a backend's own logs and counters which purpose a request had. */
export const purposeHeader = 'X-Stress-Purpose';

const knownPurposes: ReadonlySet<string> = new Set(purposes);
const knownOutcomes: ReadonlySet<string> = new Set(recordedOutcomes);

export const isPurpose = (text: string | null): text is Purpose => text !== null && knownPurposes.has(text);
export const isOutcome = (text: string | null): text is RecordedOutcome => text !== null && knownOutcomes.has(text);
