import type { TargetProfile } from '../profile/profile.ts';
import { concurrencyPlan } from './concurrency.ts';
import { idempotencyPlan } from './idempotency.ts';
import { barrierLeadMs, leakPlan, safeRate, webhooksOf } from './plan.ts';
import { rateLimitPlan } from './rate-limit.ts';
import type { ScenarioName } from './scenarios.ts';
import type { Sizes } from './sizes.ts';

/**
 * Seconds that a scenario takes by design, without the start of k6, its provisioning and the read-back.
 * @param given webhooks that are given; 0 where they are created.
 */
export function estimateSeconds(name: ScenarioName, sizes: Sizes, profile: TargetProfile, given: number): number {
  switch (name) {
    case 'hft': {
      const paced = Math.max(1, webhooksOf(profile, 1 + sizes.HFT_WEBHOOKS, given) - 1);
      return 3 + sizes.HFT_SIGNALS / (safeRate(profile) * paced);
    }
    case 'burst':
      return barrierLeadMs / 1000 + 1;
    case 'sustained':
      return sizes.SUSTAINED_SECONDS;
    case 'memory-leak': {
      const { cycleMs } = leakPlan(sizes, profile, webhooksOf(profile, sizes.WEBHOOKS, given));
      return (sizes.LEAK_CYCLES * cycleMs) / 1000;
    }
    case 'rate-limit':
      return rateLimitPlan(sizes, profile, given).endMs / 1000;
    case 'concurrency':
      return concurrencyPlan(sizes, profile, given).endMs / 1000;
    case 'idempotency':
      return idempotencyPlan(sizes, profile, given).endMs / 1000;
  }
}
