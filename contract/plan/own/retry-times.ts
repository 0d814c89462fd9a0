import { keyLifeOf } from '../../profile/key-life.ts';
import type { TargetProfile } from '../../profile/profile.ts';
import { answersMs, safeGapMs } from '../limits.ts';
import type { RedeliverySchedule } from '../plan.ts';
import { jitter, minEveryMs, usedOfTtl, usualCutsMs } from '../redelivery-times.ts';
import { stepEveryMs } from '../repeats.ts';
import type { Retries } from './phases.ts';

const [minutes, hours] = [60_000, 3_600_000] as const;

/**
 * GitHub gives up after 10 s and sends nothing again by itself; whoever wants it again runs a script on a schedule, such as every
 * six hours (docs.github.com/en/webhooks/using-webhooks/handling-failed-webhook-deliveries). Stripe tries for three days, with pauses
 * that grow (docs.stripe.com/webhooks); how they grow it does not say, and these are of the size that its users see.
 */
const patterns = {
  github: [6 * hours, 6 * hours, 6 * hours],
  stripe: [5 * minutes, 25 * minutes, 90 * minutes, 2 * hours, 4 * hours, 8 * hours, 24 * hours],
} as const;

/** Attempts of one signal take no longer than this, unless `faster` says so. */
const maxLengthMs = 60_000;

export interface RetryTimes extends Pick<RedeliverySchedule, 'cutsMs' | 'pausesMs' | 'soonMs' | 'withinMs'> {
  readonly everyMs: number;
  /** The longest time that one signal takes. */
  readonly stepMs: number;
  /** So many times faster than the pattern. */
  readonly faster: number;
}

/** How the attempts of one signal follow each other: the pattern, faster. */
export function retryTimes(phase: Retries, profile: TargetProfile, webhooks: number): RetryTimes {
  const pattern: readonly number[] = typeof phase.like === 'string' ? patterns[phase.like] : phase.like;
  const cutsMs = phase.cutsMs ?? [...usualCutsMs, null];
  const longestCutMs = cutsMs.reduce<number>((longest, ms) => Math.max(longest, ms ?? 0), 0);
  const patternMs = pattern.reduce((sum, ms) => sum + ms, 0) * (1 + jitter);
  const { idempotency } = profile;
  const ttlMs = idempotency.kind === 'ttl' ? keyLifeOf(idempotency).minMs : maxLengthMs;
  const roomMs = Math.max(1, Math.min(maxLengthMs, usedOfTtl * ttlMs) - longestCutMs);
  const faster = phase.faster ?? Math.max(1, patternMs / roomMs);
  const pausesMs = pattern.map((ms) => Number((ms / faster).toPrecision(4)));
  const lengthMs = longestCutMs + pausesMs.reduce((sum, ms) => sum + ms, 0) * (1 + jitter);
  const attempts = 1 + pattern.length;
  const safeMs =
    profile.limiter.kind === 'none' ? minEveryMs : Math.max(stepEveryMs(profile, attempts), safeGapMs(profile));
  return {
    ...{ cutsMs, pausesMs, faster },
    // A real sender never comes back at once: each pause is the pattern's.
    soonMs: pausesMs[0] ?? 0,
    // All attempts are made, wherever the TTL ends.
    withinMs: Math.ceil(lengthMs + attempts * answersMs * 100),
    everyMs: phase.everyMs ?? Math.max(minEveryMs, Math.ceil(safeMs / webhooks)),
    stepMs: Math.ceil(lengthMs + 2 * answersMs),
  };
}
