import type { Plan, PlannedPhase } from './plan.ts';
import { oldPhaseNames, type Role } from './roles.ts';

/** The phases of a plan, by name and by role. Names of older journals are understood. */
export class PhaseIndex {
  private readonly byName: ReadonlyMap<string, PlannedPhase>;
  readonly phases: readonly PlannedPhase[];

  constructor(plans: readonly Pick<Plan, 'phases'>[]) {
    this.phases = plans.flatMap(({ phases }) => phases);
    this.byName = new Map(this.phases.map((phase) => [phase.name, phase]));
  }

  phase(name: string): PlannedPhase | null {
    return this.byName.get(name) ?? this.byName.get(oldPhaseNames.get(name) ?? '') ?? null;
  }

  /** Null for a phase that is not in the plan, such as setup and teardown. */
  roleOf(name: string): Role | null {
    return this.phase(name)?.role ?? null;
  }

  withRole(role: Role): readonly PlannedPhase[] {
    return this.phases.filter((phase) => phase.role === role);
  }
}
