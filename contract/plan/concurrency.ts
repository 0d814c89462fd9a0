import type { TargetProfile } from '../profile/profile.ts';
import { barrierLeadMs, phases, roundGapMs, safeBatch, webhooksOf } from './plan.ts';
import type { Sizes } from './sizes.ts';
import { type Timetable, timetable } from './timetable.ts';

/** Rounds at one instant: member n of the VU group sends to the n-th webhook, and round again. */
export interface ConcurrencyPlan {
  readonly webhooks: number;
  readonly together: Timetable;
  /** A webhook for each VU; null where there is only one. */
  readonly apart: Timetable | null;
  readonly endMs: number;
}

/**
 * concurrency: the same number of VUs on shared webhooks and on one each, in turn where all of them are created, else first
 * the one and then the other.
 * @param given webhooks that are given; 0 where they are created.
 */
export function concurrencyPlan(sizes: Sizes, profile: TargetProfile, given: number): ConcurrencyPlan {
  const batch = safeBatch(profile);
  const vus = batch * sizes.CONCURRENCY_WEBHOOKS;
  const webhooks = webhooksOf(profile, sizes.CONCURRENCY_WEBHOOKS + vus, given);
  const inTurn = webhooks === sizes.CONCURRENCY_WEBHOOKS + vus;
  const everyMs = roundGapMs(profile);
  const rounds = { everyMs, stepMs: everyMs, steps: sizes.CONCURRENCY_ROUNDS };

  const shared = Math.min(webhooks, sizes.CONCURRENCY_WEBHOOKS);
  const together = timetable({
    ...rounds,
    phase: phases.concurrency,
    startMs: 0,
    leadMs: barrierLeadMs,
    vusPerGroup: batch * shared,
    firstWebhook: 0,
    webhooks: shared,
  });
  const own = inTurn ? vus : Math.min(webhooks, vus);
  const apart =
    webhooks === 1
      ? null
      : timetable({
          ...rounds,
          phase: phases.concurrencyApart,
          startMs: inTurn ? 0 : together.endMs,
          leadMs: barrierLeadMs + (inTurn ? Math.round(everyMs / 2) : 0),
          vusPerGroup: own,
          firstWebhook: inTurn ? shared : 0,
          webhooks: own,
        });
  return { webhooks, together, apart, endMs: Math.max(together.endMs, apart?.endMs ?? 0) };
}
