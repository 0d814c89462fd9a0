import type { PlannedPhase } from './plan.ts';

/** What the planner of one scenario gives: see planOf. */
export interface ScenarioPlan {
  readonly webhooks: number;
  readonly phases: readonly PlannedPhase[];
  readonly notes?: readonly string[];
  /** After the last phase. */
  readonly settleMs?: number;
}
