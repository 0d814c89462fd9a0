import type { TargetProfile } from '../profile/profile.ts';
import { answersMs, barrierLeadMs, openingMs, quietMs } from './limits.ts';
import { plannedPhase } from './planned-phase.ts';
import type { ScenarioPlan } from './scenario-plan.ts';
import type { Sizes } from './sizes.ts';
import { timetable } from './timetable.ts';

/** VUs that can start and open their connections within the usual lead. */
const vusPerSecond = 200;

/** Identical signals at one instant, each from a VU of its own with its connection already open. */
export function burstPlan(sizes: Sizes, profile: TargetProfile, given: number): ScenarioPlan {
  const { table, startMs, endMs } = timetable({
    startMs: quietMs(profile, given),
    leadMs: Math.max(barrierLeadMs, openingMs + (sizes.BURST_SIGNALS * 1000) / vusPerSecond),
    everyMs: answersMs,
    stepMs: answersMs,
    steps: 1,
    vusPerGroup: sizes.BURST_SIGNALS,
    firstWebhook: 0,
    webhooks: 1,
  });
  return { webhooks: 1, phases: [plannedPhase('burst.identical', { kind: 'copies', ...table }, { startMs, endMs })] };
}
