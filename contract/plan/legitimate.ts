import type { TargetProfile } from '../profile/profile.ts';
import {
  atOnce,
  blindMs,
  burstGapMs,
  isShared,
  loadWebhooks,
  type Rate,
  roundGapMs,
  safeBatch,
  safeRate,
} from './limits.ts';
import type { PlannedPhase } from './plan.ts';
import { ratePhase } from './rate-phase.ts';
import { repeatsAreFree } from './repeats.ts';
import { keyGapMs } from './signal-key.ts';
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

/** The same of one phase. */
function legitimateOf({ schedule, role, startMs }: PlannedPhase, profile: TargetProfile, given: number): number {
  const blind = blindMs(profile, given);
  const areFree = repeatsAreFree(profile);
  switch (schedule.kind) {
    case 'rate':
      if (role === 'limiter.double' || role === 'limiter.noisy') return 0;
      return Math.max(0, schedule.count - lostToBlindness(profile, given, { ...schedule, startMs }));
    case 'rounds':
    case 'repeats': {
      const lostSteps = blind === null ? 0 : Math.ceil(blind / schedule.everyMs) + 1;
      const each = schedule.kind === 'rounds' ? schedule.vusPerGroup : areFree ? 1 + schedule.gapsTtl.length : 1;
      return Math.max(0, schedule.steps - lostSteps) * each;
    }
    case 'redelivery': {
      // Of each signal at least one attempt is answered, and the others may have used up no more than the limit.
      const lostSteps = blind === null ? 0 : Math.ceil(blind / schedule.everyMs) + 1;
      return areFree ? Math.max(0, schedule.steps - lostSteps) : 0;
    }
    case 'copies':
      if (blind !== null) return 0;
      return schedule.steps * (areFree ? schedule.vusPerGroup : Math.min(schedule.vusPerGroup, 1));
    case 'rapid':
      return blind === null ? Math.min(schedule.count, safeBatch(profile), atOnce(profile)) : 0;
    default:
      return 0;
  }
}

/** A share of fewer requests than this decides nothing. */
export const minRequests = 100;

/** How many requests of these phases surely must be admitted, if the server and the generator are in time: a low estimate. */
export function legitimateIn(phases: readonly PlannedPhase[], profile: TargetProfile, given: number): number {
  return phases.reduce((sum, phase) => sum + legitimateOf(phase, profile, given), 0);
}

/** For longer than this nobody waits for webhooks that are in use, where new ones can be made. */
const maxGapMs = 120_000;

/** A phase that sends what is missing of MIN_LEGITIMATE, after all others; null if nothing is. */
export function pacedPhase(
  { phases, webhooks: used }: { readonly phases: readonly PlannedPhase[]; readonly webhooks: number },
  sizes: Sizes,
  profile: TargetProfile,
  given: number,
): { readonly phase: PlannedPhase; readonly webhooks: number } | null {
  const missing = sizes.MIN_LEGITIMATE - legitimateIn(phases, profile, given);
  if (missing <= 0) return null;
  const webhooks = loadWebhooks(profile, sizes.WEBHOOKS, given);
  const rate = safeRate(profile, webhooks, sizes.MAX_RATE);
  const gapMs = Math.max(roundGapMs(profile), burstGapMs(profile), keyGapMs(profile));
  // New webhooks have room at once.
  const hasOwn = given === 0 && !isShared(profile) && profile.provisioning.kind === 'create' && gapMs > maxGapMs;
  const startMs = phases.reduce((last, { endMs }) => Math.max(last, endMs), 0) + (hasOwn ? 0 : gapMs);
  const count = missing + lostToBlindness(profile, given, { ...rate, startMs });
  const firstWebhook = hasOwn ? used : 0;
  return {
    phase: ratePhase('load.paced', { startMs, count, rate, firstWebhook, webhooks }),
    webhooks: firstWebhook + webhooks,
  };
}
