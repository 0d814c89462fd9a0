import type { TargetProfile } from '../profile/profile.ts';
import { answersMs, atOnce, keyLife, safeGapMs, signalLimit } from './limits.ts';
import type { RedeliverySchedule } from './plan.ts';
import { repeatsAreFree, stepEveryMs } from './repeats.ts';

/** Moments of the cut: before, during and after the effect of a server that answers in milliseconds, or in a tenth of a second. */
export const usualCutsMs = [0, 2, 5, 20, 50, 100] as const;

/** What real senders wait grows like this; theirs is longer, and few TTLs of a test would cover it. */
const usualPausesMs = [200, 500, 1000, 2000] as const;

/** Pauses are spread by up to this share, so that signals do not come back in step. */
export const jitter = 0.2;

/** Attempts must lie surely within the TTL: so much of it is left for answers and lateness. */
export const usedOfTtl = 0.8;

/** From one signal to the next: those that wait between attempts are few enough for two cores. */
export const minEveryMs = 60;

/** No cut takes more of the TTL than this. */
const cutOfTtl = 0.1;

export interface RedeliveryTimes extends Pick<RedeliverySchedule, 'cutsMs' | 'pausesMs' | 'soonMs' | 'withinMs'> {
  /** From one signal to the next on the same webhook; 0 without a limiter. */
  readonly stepEveryMs: number;
  readonly stepMs: number;
  /** Whether the second attempt can lie within the TTL. */
  readonly isWithinTtl: boolean;
}

/**
 * How the attempts of one signal follow each other: all of them within the TTL T, and within the limit even if each counts.
 *
 *     T = 60 s:  x|-100-cut|--200--x----500----x---------1000---------x …            the usual pauses
 *     T = 1 s:   x|-100-cut|-27-x--68--x----135----x--------270--------x             shortened to 0.8 T
 *
 * A limiter that does not take all attempts at once gets as many as fit into 0.8 T, each a safe gap after the one before.
 */
export function redeliveryTimes(profile: TargetProfile): RedeliveryTimes {
  const ttl = Math.min(keyLife(profile).minMs, maxTtlMs);
  const withinMs = Math.floor(usedOfTtl * ttl);
  const cuts = usualCutsMs.filter((ms) => ms <= cutOfTtl * ttl);
  const cutsMs = [...cuts, null];
  const longestCutMs = cuts.at(-1) ?? 0;
  const attempts = 1 + usualPausesMs.length;
  const limit = signalLimit(profile);
  const isFree = repeatsAreFree(profile);
  if (limit >= attempts && atOnce(profile) >= attempts) {
    const pausesMs = shortened(withinMs - longestCutMs - Math.min(answersMs, 0.1 * ttl));
    return {
      ...{ cutsMs, pausesMs, soonMs: 0, withinMs, isWithinTtl: true },
      stepEveryMs: profile.limiter.kind === 'none' ? 0 : stepEveryMs(profile, attempts),
      stepMs: longestCutMs + longest(pausesMs) + answersMs,
    };
  }
  const gapMs = safeGapMs(profile);
  const least = isFree ? 0 : Math.ceil(gapMs / (1 - jitter));
  const fitting = Math.max(1, Math.min(usualPausesMs.length, Math.floor(withinMs / Math.max(1, least * (1 + jitter)))));
  const pausesMs = shortened(withinMs - longestCutMs)
    .slice(0, fitting)
    .map((ms) => Math.max(ms, least));
  const stepMs = longestCutMs + longest(pausesMs) + answersMs;
  return {
    ...{ cutsMs, pausesMs, soonMs: least, withinMs, stepMs },
    isWithinTtl: longestCutMs + least * (1 + jitter) <= withinMs,
    // A request that was cut off may have been counted as late as it was answered.
    stepEveryMs: Math.ceil((isFree ? answersMs : stepMs) + gapMs),
  };
}

/** Keys that are kept longer need no longer pauses. */
const maxTtlMs = 3_600_000;

const longest = (pausesMs: readonly number[]): number =>
  Math.ceil(pausesMs.reduce((sum, ms) => sum + ms, 0) * (1 + jitter));

/** So long may a TTL be that a test waits for. */
const maxAdvisedMs = 60_000;

/** The shortest TTL, in whole seconds, with which the last attempt comes so long after the first redelivery; null if none is short enough to wait for. */
export function ttlToRepeatFor(profile: TargetProfile, heldMs: number): number | null {
  const { idempotency } = profile;
  if (idempotency.kind === 'none') return null;
  const { toleranceMs = 0 } = idempotency;
  for (let ttlMs = 1000; ttlMs <= maxAdvisedMs; ttlMs += 1000) {
    if (ttlMs <= toleranceMs) continue;
    const { pausesMs } = redeliveryTimes({ ...profile, idempotency: { ...idempotency, ttlMs } });
    if (pausesMs.slice(1).reduce((sum, ms) => sum + ms, 0) * (1 - jitter) >= heldMs) return ttlMs;
  }
  return null;
}

/** The usual pauses, all by the same factor shorter if they would take longer than this together. */
function shortened(maxMs: number): readonly number[] {
  const factor = Math.max(0, Math.min(1, maxMs / longest(usualPausesMs)));
  return usualPausesMs.map((ms) => Math.floor(ms * factor));
}

/** Of signal n: when its first attempt is cut; null if it is awaited. */
export function cutOf({ cutsMs }: Pick<RedeliverySchedule, 'cutsMs'>, n: number): number | null {
  return cutsMs[n % cutsMs.length] ?? null;
}

/** The pause before attempt `attempt` of signal n; attempt 1 is the second. Spread evenly by the golden ratio. */
export function pauseOf(
  { cutsMs, pausesMs, soonMs }: Pick<RedeliverySchedule, 'cutsMs' | 'pausesMs' | 'soonMs'>,
  n: number,
  attempt: number,
): number {
  const isSoon = attempt === 1 && Math.floor(n / cutsMs.length) % 2 === 1;
  const spread = (((n + attempt) * 0.618_033_988_75) % 1) * 2 - 1;
  return (isSoon ? soonMs : (pausesMs[attempt - 1] ?? 0)) * (1 + jitter * spread);
}

/** Each signal whose first attempt is cut is sent again; the others may be answered at once. */
export function minAttempts({ steps, cutsMs }: Pick<RedeliverySchedule, 'steps' | 'cutsMs'>): number {
  let attempts = 0;
  for (let n = 0; n < steps; n += 1) attempts += cutOf({ cutsMs }, n) === null ? 1 : 2;
  return attempts;
}
