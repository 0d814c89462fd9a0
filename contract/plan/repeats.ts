import { largest, limitsOf } from '../profile/declared-limits.ts';
import type { TargetProfile } from '../profile/profile.ts';
import { answersMs, atOnce, atOnceOf, keyLife, safeGapMs, signalLimit, signalLimitOf, windowMs } from './limits.ts';
import type { RepeatsSchedule } from './plan.ts';
import { repeatedKeysNote } from './signal-key.ts';

/** Gaps of the idempotency scenario in TTLs, on both sides of it. */
export const idempotencyGaps = [0, 0.5, 0.95, 1.05, 1.5, 2] as const;

/** How the name ends of the phase that repeats after one gap. */
export const gapSuffix = (gapTtl: number): string => `_${String(gapTtl).replace('.', '_')}`;

export const gapPhase = (gapTtl: number): string => `gap${gapSuffix(gapTtl)}`;

/** A gap below 1 TTL that a strict limiter makes longer must still lie surely within the TTL. */
const surelyWithin = 0.97;

/** What gaps are measured in: the TTL, or a stand-in for one that is not waited for. */
export type RepeatUnit = Pick<RepeatsSchedule, 'ttlMs' | 'toleranceMs'>;

/** Of keys that are kept for very long, repeats within the TTL need not come later than this. */
const standInMs = 4000;

/** Gaps go up to so many TTLs. */
const longestGapTtl = 2;

/**
 * What gaps are measured in, and whether it is the TTL: its expiry is waited for if twice the TTL, and the tolerance, fit into
 * `maxMs`.
 */
export function repeatUnit(profile: TargetProfile, maxMs: number): RepeatUnit & { readonly isTtl: boolean } {
  const { minMs, maxMs: longestMs } = keyLife(profile);
  const ttlMs = (minMs + longestMs) / 2;
  const toleranceMs = longestMs - ttlMs;
  if (longestGapTtl * ttlMs + toleranceMs > maxMs) return { isTtl: false, ttlMs: Math.min(standInMs, minMs) };
  return { isTtl: true, ttlMs, ...(toleranceMs > 0 ? { toleranceMs } : {}) };
}

/** How long a gap is: below 1 surely within the TTL, above surely past it. */
export function gapMs({ ttlMs, toleranceMs = 0 }: RepeatUnit, gapTtl: number): number {
  return gapTtl < 1 ? gapTtl * (ttlMs - toleranceMs) : gapTtl * ttlMs + toleranceMs;
}

/**
 * Whether the repeats of a step go over another connection than its first: a proxy or a kernel that spreads connections takes them to other
 * workers. Every other round of the webhooks, so that each webhook has repeats of both kinds.
 */
export function isReconnected({ reconnects, webhooks }: RepeatsSchedule, step: number): boolean {
  return reconnects === true && Math.floor(step / webhooks) % 2 === 1;
}

export interface RepeatTimes {
  readonly minGapMs: number;
  /** From one step to the next on the same webhook. */
  readonly stepEveryMs: number;
  readonly stepMs: number;
}

/**
 * How the requests of a step follow each other on one webhook, within its limit of L per window W.
 *
 * With room for all m requests of a step at once, steps overlap. Each of the m is sent once a step, every P, so a window holds at
 * most m · ceil(W/P) of them; with k = floor(L/m) and P = 1.25 · W/k that is m · k, no more than L.
 *
 *     L = 10, W = 1 s, m = 2: k = 5, P = 250 ms. Any second holds at most 4 firsts and 4 repeats.
 *
 *     first    x---x---x---x---x---x---x---x
 *     repeat       o---o---o---o---o---o---o---o      each a gap later than its first
 *
 * A stricter limiter gets one step at a time, and no request sooner after another than it surely admits. If no repeat can lie
 * within the TTL then, those within it are sent nevertheless, provided that they are recognized before the limiter.
 * @param unit what the gaps are measured in.
 * @param areDistinct what follows the first are signals of their own, which always count.
 * @returns null if no repeat can lie within the TTL.
 */
export function repeatTimes(
  profile: TargetProfile,
  gapsTtl: readonly number[],
  unit: RepeatUnit,
  areDistinct = false,
): RepeatTimes | null {
  const withinMs = keyLife(profile).minMs;
  const requests = 1 + gapsTtl.length;
  const limit = signalLimit(profile);
  const lengthMs = gapMs(unit, gapsTtl.at(-1) ?? 0) + answersMs;
  if (limit >= requests && atOnce(profile) >= requests) {
    return { minGapMs: 0, stepEveryMs: stepEveryMs(profile, requests), stepMs: lengthMs };
  }
  const minGapMs = safeGapMs(profile);
  let offsetMs = 0;
  for (const gap of gapsTtl) {
    offsetMs = Math.max(gapMs(unit, gap), offsetMs + minGapMs);
    if (gap < 1 && offsetMs > Math.max(gap, surelyWithin) * withinMs) {
      return areDistinct ? null : uncountedRepeats(profile, gapsTtl, unit);
    }
  }
  return { minGapMs, stepEveryMs: Math.ceil(offsetMs + answersMs + minGapMs), stepMs: offsetMs + answersMs };
}

/** From one step to the next, by the limit that takes them the slowest. */
export function stepEveryMs(profile: TargetProfile, requests: number): number {
  const { limiter } = profile;
  const underOne = (windowMs: number, limit: number, burst: number): number => {
    const perWindow = Math.max(1, Math.floor(limit / requests));
    const slack = Math.max(windowMs / (4 * perWindow), 100 / Math.max(1, Math.floor(burst / requests)));
    return Math.ceil(windowMs / perWindow + slack);
  };
  if (limiter.kind === 'none') return underOne(windowMs(profile), signalLimit(profile), atOnce(profile));
  return largest(limitsOf(limiter), (limit) =>
    // A weighted counter looks at two windows.
    underOne(
      (limit.kind === 'weighted' ? 2 : 1) * limit.windowMs,
      signalLimitOf(limit, profile),
      atOnceOf(limit, profile),
    ),
  );
}

/** Whether a repeat within the TTL leaves the limiter alone. */
export function repeatsAreFree({ limiter, idempotency }: TargetProfile): boolean {
  return limiter.kind === 'none' || (idempotency.kind === 'ttl' && idempotency.order === 'before-limiter');
}

/** Why a limiter that counts no repeats cannot be tested, if the key has few values; null if it can. */
export const uncountedNote = (profile: TargetProfile): string | null =>
  repeatsAreFree(profile) ? repeatedKeysNote(profile, 'most signals to one are repeats, which use no quota') : null;

/** The times if no repeat within the TTL counts: what counts comes one at a time. Null if they count, or one past the TTL comes too soon. */
function uncountedRepeats(profile: TargetProfile, gapsTtl: readonly number[], unit: RepeatUnit): RepeatTimes | null {
  const safeMs = safeGapMs(profile);
  const offsetsMs = gapsTtl.map((gap) => gapMs(unit, gap));
  const past = offsetsMs.filter((_, n) => (gapsTtl[n] ?? 0) >= 1);
  if (!repeatsAreFree(profile) || past.some((atMs, n) => atMs - (past[n - 1] ?? 0) < safeMs)) return null;
  const lastCounted = past.at(-1);
  return {
    minGapMs: 0,
    stepEveryMs: Math.ceil(lastCounted === undefined ? safeMs : lastCounted + answersMs + safeMs),
    stepMs: (offsetsMs.at(-1) ?? 0) + answersMs,
  };
}
