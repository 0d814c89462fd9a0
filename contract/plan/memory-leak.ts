import type { TargetProfile } from '../profile/profile.ts';
import { allowedAnswerMs } from './allowed-answer.ts';
import { loadWebhooks, quietMs, safeGapMs, safeRate } from './limits.ts';
import { ratePhase } from './rate-phase.ts';
import type { ScenarioPlan } from './scenario-plan.ts';
import { keyGapMs } from './signal-key.ts';
import type { Sizes } from './sizes.ts';

/** Equal cycles of load and settling; what memory settles to after each is what the leak verdict is drawn from. */
export function memoryLeakPlan(sizes: Sizes, profile: TargetProfile, given: number): ScenarioPlan {
  const webhooks = loadWebhooks(profile, sizes.WEBHOOKS, given);
  const rate = safeRate(profile, webhooks, sizes.MAX_RATE);
  const count = Math.ceil(sizes.LEAK_REQUESTS / sizes.LEAK_CYCLES);
  const startMs = quietMs(profile, given);
  // The next cycle begins on the first webhook again, which may have been the last one to get a signal.
  const settleMs = Math.max(
    sizes.LEAK_SETTLE_SECONDS * 1000,
    safeGapMs(profile),
    keyGapMs(profile),
    allowedAnswerMs(profile, sizes),
  );
  const cycleMs = Math.ceil((count * rate.perMs) / rate.rate) + settleMs;
  return {
    webhooks,
    settleMs: sizes.LEAK_SETTLE_SECONDS * 1000,
    phases: Array.from({ length: sizes.LEAK_CYCLES }, (_, cycle) =>
      ratePhase('leak.cycle', {
        suffix: `_${cycle}`,
        startMs: startMs + cycle * cycleMs,
        first: cycle * count,
        count,
        rate,
        firstWebhook: 0,
        webhooks,
      }),
    ),
  };
}
