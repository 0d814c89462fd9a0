import type { DeclaredLimiter, TargetProfile } from '../profile/profile.ts';

// What a target takes, as far as plans need it. L is the limit per window W, b what is taken at one instant.

/** Of a target without a limiter: what one webhook gets at one instant, and all of them per second. */
const unlimited = { atOnce: 10, windowMs: 1000, perSecond: 80 } as const;

/** From the start of a phase to its first instant: time for every VU to start and open its connection. */
export const barrierLeadMs = 2_000;

/**
 * Within it connections are opened one after the other: of processes that accept on one port, one takes most of a burst, and
 * what another remembers would never be asked.
 */
export const openingMs = 1_000;

/** An answer of a healthy server takes no longer, nearly always. */
export const answersMs = 500;

/** Between two requests that a strict limiter must both admit: an answer that takes longer makes the second one ambiguous. */
const slackMs = 100;

/** Whether all webhooks share one count with each other, and with log-in, health checks and read-back. */
export function isShared({ limiter }: TargetProfile): boolean {
  return limiter.kind !== 'none' && limiter.scope !== 'webhook';
}

/** Paths that the monitor asks under the same count as the signals, once a second each: none if each webhook has its own. */
export function pathsAsked({ monitoring }: TargetProfile, { scope }: Pick<DeclaredLimiter, 'scope'>): number {
  return scope === 'webhook' ? 0 : Object.values(monitoring).filter((path) => path !== null).length;
}

/** The declared limit per window. */
export function limitOf({ limiter }: TargetProfile): number {
  return limiter.kind === 'none' ? unlimited.atOnce : limiter.limit;
}

export function windowMs({ limiter }: TargetProfile): number {
  return limiter.kind === 'none' ? unlimited.windowMs : limiter.windowMs;
}

export function ttlMs({ idempotency }: TargetProfile): number {
  return idempotency.kind === 'none' ? 1000 : idempotency.ttlMs;
}

/** The most requests that one webhook can ever take at one instant: what goes beyond it must be refused. */
export function capacity({ limiter }: TargetProfile): number {
  return limiter.kind === 'none' ? unlimited.atOnce : Math.max(limiter.limit, limiter.burst ?? 0);
}

/** The part of the limit per window that signals may use: the monitor's health checks use the rest, if they share the count. */
export function signalLimit(profile: TargetProfile): number {
  const { limiter } = profile;
  if (limiter.kind === 'none') return unlimited.atOnce;
  return limiter.limit - pathsAsked(profile, limiter) * (1 + Math.ceil(limiter.windowMs / 1000));
}

/** What health checks leave of a bucket for signals; infinite without one. */
export function bucketLeft(profile: TargetProfile): number {
  const { limiter } = profile;
  if (limiter.kind === 'none' || limiter.burst === null) return Number.POSITIVE_INFINITY;
  return limiter.burst + (limiter.kind === 'delaying' ? 1 : 0) - 2 * pathsAsked(profile, limiter);
}

/** Requests that one webhook takes at one instant, after a pause; at least one. */
export function atOnce(profile: TargetProfile): number {
  const { limiter } = profile;
  if (limiter.kind === 'none') return unlimited.atOnce;
  const bucket = limiter.burst === null ? Number.POSITIVE_INFINITY : limiter.burst - 2 * pathsAsked(profile, limiter);
  return Math.max(1, Math.min(signalLimit(profile), bucket));
}

/** Requests that one webhook takes at one instant without a refusal: 80% of what it takes; at least one. */
export function safeBatch(profile: TargetProfile): number {
  return Math.max(1, Math.floor(0.8 * atOnce(profile)));
}

/**
 * Between two rounds that each use up to the limit, or all of a bucket: more than a window, and more than the bucket takes to
 * fill up, so that a round never meets the one before.
 */
export function roundGapMs(profile: TargetProfile): number {
  if (profile.limiter.kind === 'none') return 500;
  return Math.round((1.3 * windowMs(profile) * capacity(profile)) / limitOf(profile));
}

/**
 * How many webhooks a scenario that wants `wanted` of them has: all of them if it creates them, which is `given` 0. If they
 * share one count one is enough, for a second one would not be within its limit.
 */
export function webhooksOf(profile: TargetProfile, wanted: number, given: number): number {
  if (isShared(profile)) return 1;
  return given === 0 ? wanted : Math.min(wanted, given);
}

/** A rate as whole numbers, so that it is exact below one per second, too. */
export interface Rate {
  readonly rate: number;
  readonly perMs: number;
}

export const perSecond = ({ rate, perMs }: Rate): number => (rate * 1000) / perMs;

/**
 * The rate at which signals to so many webhooks are never refused: what the limiter refuses exercises nothing behind it.
 *
 * One webhook gets a signal every P = W/L + max(W/4L, slack/b): 80% of the limit, or less if the limiter is so strict that an
 * answer in `slack` would make the next signal ambiguous.
 *
 *     L = 10 per W = 1 s, b = 10: P = 100 + max(25, 10)  = 125 ms, 8 per second
 *     L = 10 per W = 1 s, b = 1:  P = 100 + max(25, 100) = 200 ms, 5 per second
 *     L = 5 per W = 10 s, b = 5:  P = 2000 + 500         = 2.5 s,  0.4 per second
 *
 *     W  |---------------------------------|          any window of length W
 *     x       x       x       x       x       x       one every P, so at most L of them lie in it
 */
export function safeRate(profile: TargetProfile, webhooks: number, maxPerSecond: number): Rate {
  const rate = uncappedRate(profile, webhooks);
  return perSecond(rate) > maxPerSecond ? { rate: maxPerSecond, perMs: 1000 } : rate;
}

export function uncappedRate(profile: TargetProfile, webhooks: number): Rate {
  if (profile.limiter.kind === 'none') return { rate: unlimited.perSecond, perMs: 1000 };
  const limit = Math.max(1, signalLimit(profile));
  const window = windowMs(profile);
  const burst = atOnce(profile);
  return window / (4 * limit) >= slackMs / burst
    ? { rate: 4 * limit * webhooks, perMs: 5 * window }
    : { rate: limit * burst * webhooks, perMs: window * burst + slackMs * limit };
}

/** Between two signals to one webhook that are sent one after the other: see safeRate. */
export function safeGapMs(profile: TargetProfile): number {
  const { rate, perMs } = uncappedRate(profile, 1);
  return Math.ceil(perMs / rate);
}

/**
 * How long, at the start of a scenario, requests from before it can still count: then none of them must be admitted. Null if the
 * webhooks, and their counts, are new.
 */
export function blindMs(profile: TargetProfile, given: number): number | null {
  const isNew = given === 0 && profile.provisioning.kind === 'create';
  if (profile.limiter.kind === 'none' || (isNew && !isShared(profile))) return null;
  return (windowMs(profile) * capacity(profile)) / limitOf(profile);
}

/** Before the first phase: nothing, unless so few requests are free per window that log-in and health checks use them up. */
export function quietMs(profile: TargetProfile, given: number): number {
  if (blindMs(profile, given) === null) return 0;
  return windowMs(profile) > 2000 || 0.2 * signalLimit(profile) < 3 ? roundGapMs(profile) : 0;
}
