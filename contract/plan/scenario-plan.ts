import type { PlannedPhase } from './plan.ts';

/** What the planner of one scenario gives: see planOf. */
export interface ScenarioPlan {
  readonly webhooks: number;
  /** Which of them belongs to the second tenant, if one does. */
  readonly otherTenant?: number;
  readonly phases: readonly PlannedPhase[];
  readonly notes?: readonly string[];
  /** After the last phase. */
  readonly settleMs?: number;
  readonly piecePhases?: number;
}
