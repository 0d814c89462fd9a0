import type { TargetProfile } from '../profile/profile.ts';
import { leadMsOf, loadWebhooks, quietMs, roundGapMs } from './limits.ts';
import { plannedPhase } from './planned-phase.ts';
import { minEveryMs, redeliveryTimes } from './redelivery-times.ts';
import type { ScenarioPlan } from './scenario-plan.ts';
import { keyEveryMs } from './signal-key.ts';
import type { Sizes } from './sizes.ts';
import { timetable } from './timetable.ts';
import { untimedNotes } from './untimed-readback.ts';

const tooSlow =
  'the limiter takes signals so slowly that none can be sent again within the TTL: what is processed twice cannot be proven';

/** Signals whose connection is cut, and the same again as senders do: one effect of each, whatever the sender saw. */
export function redeliveryPlan(sizes: Sizes, profile: TargetProfile, given: number): ScenarioPlan {
  const webhooks = loadWebhooks(profile, sizes.WEBHOOKS, given);
  const { stepEveryMs, stepMs, isWithinTtl, cutsMs, pausesMs, soonMs, withinMs } = redeliveryTimes(profile);
  const { table, startMs, endMs } = timetable({
    startMs: quietMs(profile, given),
    leadMs: leadMsOf(profile, roundGapMs(profile)),
    everyMs: Math.max(
      minEveryMs,
      Math.ceil(stepEveryMs / webhooks),
      Math.ceil((2 * 1000) / sizes.MAX_RATE),
      keyEveryMs(profile, webhooks, stepMs),
    ),
    stepMs,
    steps: sizes.REDELIVERY_SIGNALS,
    vusPerGroup: 1,
    firstWebhook: 0,
    webhooks,
  });
  const schedule = { kind: 'redelivery', ...table, cutsMs, pausesMs, soonMs, withinMs } as const;
  return {
    webhooks,
    phases: [plannedPhase('redelivery.cut', schedule, { startMs, endMs })],
    notes: (isWithinTtl ? untimedNotes(profile, endMs - startMs) : [tooSlow]).map((text) => ({ text })),
  };
}
