import { isKeyShared } from '../profile/idempotency-key.ts';
import type { TargetProfile } from '../profile/profile.ts';
import { burstGapMs, loadWebhooks, quietMs, roundGapMs, safeRate, webhooksOf } from './limits.ts';
import { plannedPhase } from './planned-phase.ts';
import { ratePhase } from './rate-phase.ts';
import type { ScenarioPlan } from './scenario-plan.ts';
import { keyGapMs, repeatedKeysNote } from './signal-key.ts';
import type { Sizes } from './sizes.ts';

/** Part A takes no longer, even if each answer takes a quarter of a second. */
const rapidMs = 3_000;

/** Part A: rapid signals on one webhook. Part B: as many within the limit over the others, or later on the same one. */
export function hftPlan(sizes: Sizes, profile: TargetProfile, given: number): ScenarioPlan {
  const webhooks =
    webhooksOf(profile, 2, given) === 1 ? 1 : 1 + loadWebhooks(profile, sizes.HFT_WEBHOOKS, Math.max(0, given - 1));
  const startMs = quietMs(profile, given);
  const count = sizes.HFT_SIGNALS;
  const isApart = webhooks > 1 && !isKeyShared(profile);
  const gapMs = Math.max(
    webhooks === 1 ? Math.max(roundGapMs(profile), burstGapMs(profile)) : 0,
    isApart ? 0 : keyGapMs(profile),
  );
  const note = repeatedKeysNote(profile, 'most of the signals of part A, on one webhook, are repeats');
  const [firstWebhook, others] = webhooks === 1 ? [0, 1] : [1, webhooks - 1];
  return {
    webhooks,
    notes: note === null ? [] : [{ text: note }],
    phases: [
      plannedPhase(
        'hft.rapid',
        { kind: 'rapid', count, webhook: 0, vus: Math.min(10, count) },
        { startMs, endMs: startMs + rapidMs },
      ),
      ratePhase('hft.paced', {
        startMs: startMs + rapidMs + gapMs,
        count,
        rate: safeRate(profile, others, sizes.MAX_RATE),
        firstWebhook,
        webhooks: others,
      }),
    ],
  };
}
