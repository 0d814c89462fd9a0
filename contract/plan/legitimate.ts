import type { TargetProfile } from '../profile/profile.ts';
import { atOnce, blindMs, isShared, type Rate, roundGapMs, safeBatch, safeRate, webhooksOf } from './limits.ts';
import type { PlannedPhase } from './plan.ts';
import { ratePhase } from './rate-phase.ts';
import type { Sizes } from './sizes.ts';

/**
 * Signals of a constant rate that do not have to be admitted, because requests from before the scenario may still count: on given
 * webhooks those of the first window, under a shared count those of the window after setup.
 */
export function lostToBlindness(
  profile: TargetProfile,
  given: number,
  { rate, perMs, startMs }: Rate & { readonly startMs: number },
): number {
  const blind = blindMs(profile, given);
  if (blind === null) return 0;
  const lostMs = isShared(profile) ? Math.max(0, blind - startMs) : blind;
  return lostMs === 0 ? 0 : Math.ceil((lostMs * rate) / perMs) + 1;
}

/** How many of a phase's requests surely must be admitted, if the server and the generator are in time: a low estimate. */
function legitimateOf({ schedule, role, startMs }: PlannedPhase, profile: TargetProfile, given: number): number {
  const blind = blindMs(profile, given);
  const repeatsAreFree =
    profile.limiter.kind === 'none' ||
    (profile.idempotency.kind === 'ttl' && profile.idempotency.order === 'before-limiter');
  switch (schedule.kind) {
    case 'rate':
      if (role === 'limiter.double' || role === 'limiter.noisy') return 0;
      return Math.max(0, schedule.count - lostToBlindness(profile, given, { ...schedule, startMs }));
    case 'rounds':
    case 'repeats': {
      const lostSteps = blind === null ? 0 : Math.ceil(blind / schedule.everyMs) + 1;
      const each = schedule.kind === 'rounds' ? schedule.vusPerGroup : repeatsAreFree ? 1 + schedule.gapsTtl.length : 1;
      return Math.max(0, schedule.steps - lostSteps) * each;
    }
    case 'copies':
      if (blind !== null) return 0;
      return schedule.steps * (repeatsAreFree ? schedule.vusPerGroup : Math.min(schedule.vusPerGroup, 1));
    case 'rapid':
      return blind === null ? Math.min(schedule.count, safeBatch(profile), atOnce(profile)) : 0;
    default:
      return 0;
  }
}

/** A phase that sends what is missing of MIN_LEGITIMATE, after all others; null if nothing is. */
export function pacedPhase(
  phases: readonly PlannedPhase[],
  sizes: Sizes,
  profile: TargetProfile,
  given: number,
): { readonly phase: PlannedPhase; readonly webhooks: number } | null {
  const sent = phases.reduce((sum, phase) => sum + legitimateOf(phase, profile, given), 0);
  const missing = sizes.MIN_LEGITIMATE - sent;
  if (missing <= 0) return null;
  const webhooks = webhooksOf(profile, sizes.WEBHOOKS, given);
  const rate = safeRate(profile, webhooks, sizes.MAX_RATE);
  const startMs = phases.reduce((last, { endMs }) => Math.max(last, endMs), 0) + roundGapMs(profile);
  const count = missing + lostToBlindness(profile, given, { ...rate, startMs });
  return { phase: ratePhase('load.paced', { startMs, count, rate, firstWebhook: 0, webhooks }), webhooks };
}
