import type { TargetProfile } from '../profile/profile.ts';
import { lostToBlindness } from './legitimate.ts';
import { loadWebhooks, quietMs, safeRate } from './limits.ts';
import { countWithin, ratePhase } from './rate-phase.ts';
import type { ScenarioPlan } from './scenario-plan.ts';
import type { Sizes } from './sizes.ts';

/** A constant arrival rate within the limit, for as long as the size says and until enough signals are sent to judge by. */
export function sustainedPlan(sizes: Sizes, profile: TargetProfile, given: number): ScenarioPlan {
  const webhooks = loadWebhooks(profile, sizes.WEBHOOKS, given);
  const rate = safeRate(profile, webhooks, sizes.MAX_RATE);
  const startMs = quietMs(profile, given);
  const lost = lostToBlindness(profile, given, { ...rate, startMs });
  const enough = sizes.MIN_LEGITIMATE === 0 ? 0 : sizes.MIN_LEGITIMATE + lost;
  const count = Math.max(countWithin(sizes.SUSTAINED_SECONDS * 1000, rate), enough);
  return { webhooks, phases: [ratePhase('load.sustained', { startMs, count, rate, firstWebhook: 0, webhooks })] };
}
