import type { Plan, PlannedPhase } from './plan.ts';
import type { SizeName } from './sizes.ts';

/** What a plan could not do as the sizes ask, and why. */
export interface ScenarioNote {
  /** One sentence. */
  readonly text: string;
  /** Sizes whose values it tells: once one of them is reduced, it says nothing any more. */
  readonly sizes?: readonly SizeName[];
  /** Phases that it is about: once all of them are cut off, it says nothing any more. */
  readonly phases?: readonly string[];
}

/** A plan that may yet be reduced: see within-time.ts. */
export interface DraftPlan extends Omit<Plan, 'notes'> {
  readonly notes: readonly ScenarioNote[];
}

/** What the planner of one scenario gives: see planOf. */
export interface ScenarioPlan {
  readonly webhooks: number;
  /** Which of them belongs to the second tenant, if one does. */
  readonly otherTenant?: number;
  readonly phases: readonly PlannedPhase[];
  readonly notes?: readonly ScenarioNote[];
  /** After the last phase. */
  readonly settleMs?: number;
  readonly piecePhases?: number;
}
