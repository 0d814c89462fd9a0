import * as z from 'zod';
import { drainStates } from './drain.ts';
import { purposes, recordedOutcomes } from './outcomes.ts';

// generators/<id>/<scenario>.*.ndjson and effects/<scenario>.ndjson. These schemas are the one definition of their lines:
// journal.ts infers the types. A ledger has millions of lines, so analysis/journal decodes them by hand; a test compares.

/**
 * What ended within one second. Several lines may carry the same key (late samples); they add up. The histograms are
 * HdrHistogram V2 compressed, base64, values in microseconds: `service` from sending to the last byte of the answer,
 * `full` the same with connection set-up.
 */
export const timelineCount = z.object({
  /** The second since the epoch in which the requests ended. */
  second: z.number(),
  /** The k6 scenario inside the bundle, such as `part_a`; empty in setup and teardown. */
  phase: z.string(),
  purpose: z.enum(purposes),
  outcome: z.enum(recordedOutcomes),
  count: z.number(),
  service: z.string(),
  full: z.string(),
});

/** Iterations that k6 did not start because no VU was free. */
export const timelineDropped = z.object({ second: z.number(), phase: z.string(), dropped: z.number() });

/** The generator's heartbeat was silent from `stallFromUs` to `stallToUs`. */
export const timelineStall = z.object({ stallFromUs: z.number(), stallToUs: z.number() });

/** The CPU time that the generator itself took between two instants, and of how many cores it could. */
export const timelineLoad = z.object({
  loadFromUs: z.number(),
  loadToUs: z.number(),
  cpuUs: z.number(),
  cores: z.number(),
  /** How long its threads, all together, wanted to run and waited for a CPU. Absent where the system does not tell (Linux alone does). */
  waitedUs: z.number().exactOptional(),
});

export const ledgerRequest = z.object({
  sendUs: z.number(),
  endUs: z.number(),
  /** Connection set-up before `sendUs`: waiting for a connection, connecting, TLS. Absent when zero. */
  connectUs: z.number().exactOptional(),
  phase: z.string(),
  purpose: z.enum(purposes),
  outcome: z.enum(recordedOutcomes),
  /** 0 if no answer arrived. */
  status: z.number(),
  /** Why it failed: k6's error code or one of ours (contract/journal/request-failures.ts); absent when there was none. */
  error: z.number().exactOptional(),
  /** Index of the webhook in the scenario's provisioning; absent for a request to no webhook. */
  webhook: z.number().exactOptional(),
  /** The signal's id; a repeat has the id of its first. Absent for a request without a signal. */
  signal: z.string().exactOptional(),
  /** Number of a header set that was told before; 0 if there were too many to keep. Absent if the answer says nothing of limits. */
  headers: z.number().exactOptional(),
  /** Instead of `headers`, in older journals: the Retry-After of a refusal, if it could be read. */
  retryAfterMs: z.number().exactOptional(),
  /** Hash of the answer's body, if the profile knows replays by it. */
  answerHash: z.number().exactOptional(),
  /** Where a redirect leads, without token and secret: of the first hundred. */
  location: z.string().exactOptional(),
});

/**
 * What an answer says of limits, as it stands, by header: Retry-After of a refusal, and the RateLimit headers; Date beside what
 * may tell a time. Few sets are distinct, so each is told once, before the first request that has it. Texts are bounded and
 * printable, and what may be a secret is `*`.
 */
export const ledgerHeaderSet = z.object({ headerSet: z.number(), values: z.record(z.string(), z.string()) });

/** One signal that the server says it processed. `processedAtUs` is on the server's clock. */
export const ledgerEffect = z.object({ effect: z.string(), webhook: z.number(), processedAtUs: z.number() });

/** The read-back of a webhook is complete, with this many effects. Its absence makes exactly-once inconclusive. */
export const ledgerReadback = z.object({
  readback: z.number(),
  effects: z.number(),
  /** What the target's own counter says it ever processed for the webhook; absent if it has none. */
  total: z.number().exactOptional(),
});

/** One reading of all webhooks, and where read-back stands after it. Several follow each other until the backlog is empty. */
export const ledgerPoll = z.object({
  pollFromUs: z.number(),
  pollToUs: z.number(),
  /** This run's effects that were there. */
  effects: z.number(),
  /** Promised effects that were not; absent where that is not known. */
  missing: z.number().exactOptional(),
  state: z.enum(drainStates),
});

/**
 * An effect of a signal of which the poll of the line before saw more than those before it; a line for each that it saw. Only where the
 * target does not tell the time.
 */
export const ledgerSighting = z.object({ seen: z.string() });

/** In effects/<scenario>.ndjson, instead of effects: why the read-back command told nothing. */
export const readbackFailed = z.object({ failed: z.string() });
