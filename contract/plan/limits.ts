import { type DeclaredLimit, largest, limitsOf, smallest } from '../profile/declared-limits.ts';
import { type KeyLife, keyLifeOf } from '../profile/key-life.ts';
import type { DeclaredLimiter, TargetProfile } from '../profile/profile.ts';
import { keyEveryMs, spreadOver } from './signal-key.ts';

// What a target takes, as far as plans need it. L is the limit per window W, b what is taken at one instant. Of several limits
// probes look at the first, which has the shortest window; load stays within all of them.

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

/** Of 80% of so many, rounded up, one less than the limit is left. */
const minOfTwoWindows = 10;

/** Between two requests that a strict limiter must both admit: an answer that takes longer makes the second one ambiguous. */
const slackMs = 100;

/** Whether all webhooks share one count of some limit with each other, and with log-in, health checks and read-back. */
export function isShared({ limiter }: TargetProfile): boolean {
  return limiter.kind !== 'none' && limitsOf(limiter).some(({ scope }) => scope !== 'webhook');
}

/**
 * Paths that the monitor asks under the same count as the signals, once a second each: none if each webhook has its own. A metrics page
 * at a port of its own is no part of the service, and garbage is collected while no signal is sent.
 */
export function pathsAsked({ monitoring }: TargetProfile, { scope }: Pick<DeclaredLimiter, 'scope'>): number {
  if (scope === 'webhook') return 0;
  const { health, redis, database, metrics } = monitoring;
  return [health, redis, database, metrics].filter((path) => path?.startsWith('/')).length;
}

/** The most that `asked` paths, once a second each, can take in a span. */
export const pollsWithin = (asked: number, spanMs: number): number => asked * (1 + Math.ceil(spanMs / 1000));

/** The declared limit per window. */
export function limitOf({ limiter }: TargetProfile): number {
  return limiter.kind === 'none' ? unlimited.atOnce : limiter.limit;
}

export function windowMs({ limiter }: TargetProfile): number {
  return limiter.kind === 'none' ? unlimited.windowMs : limiter.windowMs;
}

/** How long keys are kept, as far as plans need it; a second of a target that keeps none. */
export function keyLife({ idempotency }: TargetProfile): KeyLife {
  return idempotency.kind === 'none' ? { minMs: 1000, maxMs: 1000 } : keyLifeOf(idempotency);
}

const capacityOf = ({ kind, limit, burst }: DeclaredLimit): number =>
  kind === 'stepped-bucket' ? (burst ?? limit) : Math.max(limit, burst ?? 0);

/** The most requests that one webhook can ever take at one instant: what goes beyond it must be refused. */
export function capacity({ limiter }: TargetProfile): number {
  return limiter.kind === 'none' ? unlimited.atOnce : smallest(limitsOf(limiter), capacityOf);
}

/** The same of one of several limits. */
export function signalLimitOf(limit: DeclaredLimit, profile: TargetProfile): number {
  return limit.limit - pollsWithin(pathsAsked(profile, limit), limit.windowMs);
}

/** The part of the limit per window that signals may use: the monitor's health checks use the rest, if they share the count. */
export function signalLimit(profile: TargetProfile): number {
  const { limiter } = profile;
  return limiter.kind === 'none' ? unlimited.atOnce : signalLimitOf(limiter, profile);
}

/** What health checks leave of a bucket for signals; infinite without one. */
export function bucketLeft(profile: TargetProfile): number {
  const { limiter } = profile;
  if (limiter.kind === 'none' || limiter.burst === null) return Number.POSITIVE_INFINITY;
  return limiter.burst + (limiter.kind === 'delaying' ? 1 : 0) - 2 * pathsAsked(profile, limiter);
}

/** The same under one of several limits. */
export function atOnceOf(limit: DeclaredLimit, profile: TargetProfile): number {
  const bucket = limit.burst === null ? Number.POSITIVE_INFINITY : limit.burst - 2 * pathsAsked(profile, limit);
  return Math.max(1, Math.min(signalLimitOf(limit, profile), bucket));
}

/** Requests that one webhook takes at one instant, after a pause; at least one. */
export function atOnce(profile: TargetProfile): number {
  const { limiter } = profile;
  if (limiter.kind === 'none') return unlimited.atOnce;
  return smallest(limitsOf(limiter), (limit) => atOnceOf(limit, profile));
}

/** Requests that one webhook takes at one instant without a refusal: 80% of what it takes; at least one. */
export function safeBatch(profile: TargetProfile): number {
  return Math.max(1, Math.floor(0.8 * atOnce(profile)));
}

/** How long a limit remembers what it counted: until then it may still refuse because of it. */
function memoryMs(limit: DeclaredLimit): number {
  const { kind, windowMs: window, burst } = limit;
  if (kind === 'weighted') return 2 * window;
  if (kind === 'stepped-bucket') return (Math.ceil((burst ?? limit.limit) / limit.limit) + 1) * window;
  return (window * capacityOf(limit)) / limit.limit;
}

/** Between two rounds that each use all of the first limit: it has forgotten the one before. */
function firstGapMs({ limiter }: TargetProfile): number {
  if (limiter.kind === 'none') return 500;
  // Not a multiple of its steps, so that rounds meet them at other places each time.
  if (limiter.kind === 'stepped-bucket') return Math.round(memoryMs(limiter) + 0.37 * limiter.windowMs);
  return Math.round((limiter.kind === 'weighted' ? 1.1 : 1.3) * memoryMs(limiter));
}

/** The same of rounds that go beyond the limit: its penalty time is over, too. */
export function burstGapMs(profile: TargetProfile): number {
  return firstGapMs(profile) + penaltyMs(profile);
}

/** How long everything is refused after a request beyond a limit, at most. */
export function penaltyMs({ limiter }: TargetProfile): number {
  return limiter.kind === 'none' || limiter.penaltyMs === undefined ? 0 : Math.ceil(1.1 * limiter.penaltyMs);
}

/** How many requests of one webhook the further limits admit within the shortest of their windows; infinite without them. */
export function furtherCapacity({ limiter }: TargetProfile): number {
  const further = limiter.kind === 'none' ? [] : (limiter.further ?? []);
  return smallest(further, capacityOf);
}

/**
 * Between two rounds of c that a further limit takes, k of them in its window: G = 1.25·W/k with k = ⌊L/c⌋, so that at most
 * ⌈W/G⌉ ≤ k rounds lie in any window.
 */
function furtherGapMs(limit: DeclaredLimit, each: number): number {
  const isSteady = limit.burst !== null;
  const rounds = isSteady ? limit.limit / each : Math.floor(capacityOf(limit) / each);
  return Math.ceil(((limit.kind === 'weighted' ? 2.2 : 1.25) * limit.windowMs) / Math.max(rounds, 1 / each));
}

/**
 * Between two rounds that each use up to the limit, or all of a bucket: more than a window, and more than the bucket takes to
 * fill up, so that a round never meets the one before, and that no further limit has too many rounds in its window.
 */
export function roundGapMs(profile: TargetProfile): number {
  const { limiter } = profile;
  if (limiter.kind === 'none') return firstGapMs(profile);
  const each = capacity(profile);
  return Math.max(
    firstGapMs(profile),
    largest(limiter.further ?? [], (limit) => furtherGapMs(limit, each)),
  );
}

/**
 * How many webhooks a scenario that wants `wanted` of them has: all of them if it creates them, which is `given` 0. If they
 * share one count one is enough, for a second one would not be within its limit.
 */
export function webhooksOf(profile: TargetProfile, wanted: number, given: number): number {
  if (isShared(profile)) return 1;
  return given === 0 ? wanted : Math.min(wanted, given);
}

/** The same of load at a steady rate, which more webhooks may keep from repeating a coarse key. */
export function loadWebhooks(profile: TargetProfile, wanted: number, given: number): number {
  if (isShared(profile)) return 1;
  const rate = perSecond(uncappedRate(profile, wanted));
  return spreadOver(profile, wanted, given === 0 ? Number.POSITIVE_INFINITY : given, Math.min(rate, maxSpreadRate));
}

/** Webhooks are not made for more signals per second than this. */
const maxSpreadRate = 100;

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
  const capped = perSecond(rate) > maxPerSecond ? { rate: maxPerSecond, perMs: 1000 } : rate;
  const everyMs = keyEveryMs(profile, webhooks);
  return everyMs > 0 && perSecond(capped) > 1000 / everyMs ? { rate: 1, perMs: everyMs } : capped;
}

export function uncappedRate(profile: TargetProfile, webhooks: number): Rate {
  const { limiter } = profile;
  if (limiter.kind === 'none') return { rate: unlimited.perSecond, perMs: 1000 };
  return limitsOf(limiter)
    .map((limit) => rateUnder(limit, profile, webhooks))
    .reduce((slowest, rate) => (perSecond(rate) < perSecond(slowest) ? rate : slowest));
}

function rateUnder(declared: DeclaredLimit, profile: TargetProfile, webhooks: number): Rate {
  const { kind } = declared;
  const limit = Math.max(1, signalLimitOf(declared, profile));
  const burst = atOnceOf(declared, profile);
  // In a step a bucket gains no more than it holds.
  const perWindow = kind === 'stepped-bucket' ? Math.min(limit, burst) : limit;
  // Of few, a weighted counter rounds what it remembers of two windows up to all; and so do steps that lie anywhere.
  const remembersTwo = (kind === 'weighted' || kind === 'stepped-bucket') && perWindow < minOfTwoWindows;
  const window = remembersTwo ? 2 * declared.windowMs : declared.windowMs;
  return window / (4 * perWindow) >= slackMs / burst
    ? { rate: 4 * perWindow * webhooks, perMs: 5 * window }
    : { rate: perWindow * burst * webhooks, perMs: window * burst + slackMs * perWindow };
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
  const { limiter } = profile;
  const isNew = given === 0 && profile.provisioning.kind === 'create';
  if (limiter.kind === 'none' || (isNew && !isShared(profile))) return null;
  return limiterMemoryMs(profile);
}

/** How long anything that was counted, or refused, can be the reason of a refusal; 0 without a limiter. */
export function limiterMemoryMs({ limiter }: TargetProfile): number {
  return limiter.kind === 'none' ? 0 : Math.max(limiter.penaltyMs ?? 0, largest(limitsOf(limiter), memoryMs));
}

/** No scenario waits longer than this for what a limit remembers of the one before, or for a further limit that it has beside the first. */
const maxQuietMs = 300_000;
const maxFurtherQuietMs = 120_000;

/** Whether it is too long to wait until what came before a scenario is forgotten; what the limiter refuses until then is not judged. */
const isTooLong = (ms: number): boolean => ms > maxQuietMs;

/**
 * Before the first phase: nothing, unless so few requests are free per window that log-in and health checks use them up, or a
 * further limit remembers what the scenario before used.
 */
export function quietMs(profile: TargetProfile, given: number): number {
  const { limiter } = profile;
  if (limiter.kind === 'none' || blindMs(profile, given) === null) return 0;
  const longest = largest(limiter.further ?? [], (limit) => {
    const ms = Math.ceil(1.1 * memoryMs(limit));
    return ms <= maxFurtherQuietMs ? ms : 0;
  });
  const first = windowMs(profile) > 2000 || 0.2 * signalLimit(profile) < 3 ? burstGapMs(profile) : 0;
  return Math.max(isTooLong(first) ? 0 : first, longest);
}

/**
 * From the start of a phase of bursts to its first instant: where all webhooks share a count, what opened the connections is
 * forgotten by then.
 * @param gapMs after which it is.
 */
export function leadMsOf(profile: TargetProfile, gapMs: number): number {
  return isShared(profile) && !isTooLong(gapMs) ? Math.max(barrierLeadMs, openingMs + gapMs) : barrierLeadMs;
}

/** What a plan does not wait for, in a sentence. */
export function quietNotes(profile: TargetProfile, given: number): readonly string[] {
  const { limiter } = profile;
  const blind = blindMs(profile, given);
  if (limiter.kind === 'none' || blind === null || !isTooLong(blind)) return [];
  return [
    `requests from before this scenario may count for ${Math.ceil(blind / 1000)} s, which is too long to wait: what the limiter refuses until then is not judged. Webhooks that the profile creates (provisioning) have counts of their own`,
  ];
}
