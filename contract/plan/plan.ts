import type { TargetProfile } from '../profile/profile.ts';
import type { Sizes } from './sizes.ts';

/** Part of the limit at which load must never be refused: what the limiter refuses exercises nothing behind it. */
const safeShare = 0.8;

/** From the start of a phase to its first instant: time for every VU to start and open its connection. */
export const barrierLeadMs = 2_000;

/**
 * Within it connections are opened one after the other: of processes that accept on one port, one takes most of a burst, and
 * what another remembers would never be asked.
 */
export const openingMs = 1_000;

/**
 * Between two rounds that each use up to the limit, or all of a bucket: more than a window, and more than the bucket takes to
 * fill up, so that a round never meets the one before.
 */
export function roundGapMs(profile: TargetProfile): number {
  return Math.round((1.3 * windowMs(profile) * capacity(profile)) / limitOf(profile));
}

/** The most requests that one webhook can ever take at one instant: what goes beyond it must be refused. */
export function capacity(profile: TargetProfile): number {
  return profile.limiter.kind === 'none' ? 10 : Math.max(profile.limiter.limit, profile.limiter.burst ?? 0);
}

/** Gaps of the idempotency scenario in TTLs, on both sides of it. */
export const idempotencyGaps = [0, 0.5, 0.95, 1.05, 1.5, 2] as const;

/** Phases are k6 scenarios inside a bundle; analysis finds the requests of each by these names. */
export const phases = {
  hftRapid: 'part_a',
  hftPaced: 'part_b',
  burst: 'burst',
  sustained: 'sustained',
  leakCycle: (cycle: number) => `cycle_${cycle}`,
  initialBurst: 'initial_burst',
  /** A burst of three times the limit, then polling until the next admission. */
  probeRecovery: 'probe_recovery',
  /** The limit just before and the limit just after an instant, at many phases of the window. */
  probeBoundary: 'probe_boundary',
  /** Twice the limit, steadily. */
  probeDouble: 'probe_double',
  /** 90 % of the limit, steadily: nothing may be refused. */
  probeLegitimate: 'probe_legitimate',
  /** One webhook far beyond its limit, another within it at the same time. */
  probeNoisy: 'probe_noisy',
  probeQuiet: 'probe_quiet',
  /** Bursts at one instant, again and again: a race of check and add shows in some of them. */
  probeBursts: 'probe_bursts',
  /** Beyond the limit with another X-Forwarded-For each time. */
  probeForwarded: 'probe_forwarded',
  /** Distinct signals at one instant on shared webhooks. */
  concurrency: 'concurrency',
  /** The same with a webhook for each. */
  concurrencyApart: 'concurrency_apart',
  idempotencyGap: (gap: number) => `gap_${String(gap).replace('.', '_')}`,
  /** The same signal at one instant over many connections, for many signals. */
  idempotencyTogether: 'together',
  /** Repeats at 0.7 and 1.3 TTL: only where the first repeat prolonged it is the second one recognized. */
  idempotencyRefresh: 'refresh',
  /** Repeats of one signal beyond the limit, then distinct ones within it: do repeats use up quota? */
  idempotencyQuota: 'quota',
  /** The same id with another price: is a changed payload noticed? */
  idempotencyChanged: 'changed_payload',
  /** Signals that differ in one identifying field alone: none of them is a duplicate. */
  idempotencyDistinctTicker: 'unlike',
  /** Very many signals, each sent twice at once: for the odds. */
  idempotencyOdds: 'odds',
} as const;

export function limitOf(profile: TargetProfile): number {
  return profile.limiter.kind === 'none' ? 10 : profile.limiter.limit;
}

export function windowMs(profile: TargetProfile): number {
  return profile.limiter.kind === 'none' ? 1000 : profile.limiter.windowMs;
}

export function ttlMs(profile: TargetProfile): number {
  return profile.idempotency.kind === 'none' ? 1000 : profile.idempotency.ttlMs;
}

/** Requests that one webhook takes at one instant, after a pause. */
export function atOnce({ limiter }: TargetProfile): number {
  if (limiter.kind === 'none') return 10;
  return limiter.burst === null ? limiter.limit : Math.min(limiter.limit, limiter.burst);
}

/**
 * How many webhooks a scenario that wants `wanted` of them has: all of them where it creates them, which is `given` 0. Where
 * they share one count one is enough, for a second one would not be within its limit.
 */
export function webhooksOf({ limiter }: TargetProfile, wanted: number, given: number): number {
  if (limiter.kind !== 'none' && limiter.scope !== 'webhook') return 1;
  return given === 0 ? wanted : Math.min(wanted, given);
}

/** Requests per second that one webhook takes without a refusal. */
export function safeRate(profile: TargetProfile): number {
  return (safeShare * limitOf(profile) * 1000) / windowMs(profile);
}

/** Requests that one webhook takes at one instant without a refusal; at least one. */
export function safeBatch(profile: TargetProfile): number {
  return Math.max(1, Math.floor(safeShare * atOnce(profile)));
}

/** memory-leak: equal cycles of load and settling. */
export function leakPlan(sizes: Sizes, profile: TargetProfile, webhooks: number) {
  const requestsPerCycle = Math.ceil(sizes.LEAK_REQUESTS / sizes.LEAK_CYCLES);
  const ratePerSecond = safeRate(profile) * webhooks;
  const loadMs = Math.ceil((requestsPerCycle / ratePerSecond) * 1000);
  return { requestsPerCycle, ratePerSecond, loadMs, cycleMs: loadMs + sizes.LEAK_SETTLE_SECONDS * 1000 };
}
