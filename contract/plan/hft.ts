import type { TargetProfile } from '../profile/profile.ts';
import { burstGapMs, quietMs, roundGapMs, safeRate, webhooksOf } from './limits.ts';
import { plannedPhase } from './planned-phase.ts';
import { ratePhase } from './rate-phase.ts';
import type { ScenarioPlan } from './scenario-plan.ts';
import type { Sizes } from './sizes.ts';

/** Part A takes no longer, even if each answer takes a quarter of a second. */
const rapidMs = 3_000;

/** Part A: rapid signals on one webhook. Part B: as many within the limit over the others, or later on the same one. */
export function hftPlan(sizes: Sizes, profile: TargetProfile, given: number): ScenarioPlan {
  const webhooks = webhooksOf(profile, 1 + sizes.HFT_WEBHOOKS, given);
  const startMs = quietMs(profile, given);
  const count = sizes.HFT_SIGNALS;
  const [firstWebhook, others] = webhooks === 1 ? [0, 1] : [1, webhooks - 1];
  return {
    webhooks,
    phases: [
      plannedPhase(
        'hft.rapid',
        { kind: 'rapid', count, webhook: 0, vus: Math.min(10, count) },
        { startMs, endMs: startMs + rapidMs },
      ),
      ratePhase('hft.paced', {
        startMs: startMs + rapidMs + (webhooks === 1 ? Math.max(roundGapMs(profile), burstGapMs(profile)) : 0),
        count,
        rate: safeRate(profile, others, sizes.MAX_RATE),
        firstWebhook,
        webhooks: others,
      }),
    ],
  };
}
