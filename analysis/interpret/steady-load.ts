import type { Plan, PlannedPhase } from '../../contract/plan/plan.ts';
import { lengthMs } from '../../contract/plan/rate-phase.ts';
import type { OwnRole, Role } from '../../contract/plan/roles.ts';
import { isBuiltIn } from '../../contract/plan/scenarios.ts';
import type { Ledger } from '../journal/ledger.ts';

// What of an own scenario is normal load, and what is steady. Of ours the scenario sustained is both.

/** Shorter load says nothing of what grows. */
const minSteadySeconds = 20;

const paced: readonly OwnRole[] = ['own.constant-rate', 'own.ramping-rate', 'own.replay'];
const isPaced = (role: Role | null): boolean => paced.some((own) => own === role);

/** The longest phase at a constant rate, if it is long enough to see growth in; else null. */
export function steadyPhase({ phases }: Pick<Plan, 'phases'>): PlannedPhase | null {
  const lengthOf = ({ schedule }: PlannedPhase): number => (schedule.kind === 'rate' ? lengthMs(schedule) : 0);
  const constant = phases.filter(({ role }) => role === 'own.constant-rate');
  const longest = constant.reduce<PlannedPhase | null>(
    (best, phase) => (best === null || lengthOf(phase) > lengthOf(best) ? phase : best),
    null,
  );
  return longest !== null && lengthOf(longest) >= minSteadySeconds * 1000 ? longest : null;
}

/** Why a plan shows no growth; null if it may. */
export const withoutSteadyLoad = (plan: Plan): string | null =>
  steadyPhase(plan) === null ? `needs a constant rate for ${minSteadySeconds} s or more` : null;

/** Why a plan shows no response times under normal load; null if it does. */
export const withoutPacedLoad = ({ phases }: Plan): string | null =>
  phases.some(({ role }) => isPaced(role)) ? null : 'needs a constant or ramping rate, or a replay';

/** Which requests of a scenario are normal load: those of an own one that come at a rate, or as they were recorded. */
export function isNormalLoad({ scenario }: Pick<Plan, 'scenario'>, ledger: Ledger): (at: number) => boolean {
  return isBuiltIn(scenario) ? () => true : (at) => isPaced(ledger.roleOf(at));
}

/** Which requests of a scenario are steady load: of an own one those of its longest phase at a constant rate. */
export function isSteadyLoad(plan: Plan, ledger: Ledger): (at: number) => boolean {
  if (isBuiltIn(plan.scenario)) return () => true;
  const name = steadyPhase(plan)?.name ?? null;
  return (at) => ledger.phaseOf(at) === name;
}
