import type { Plan } from '../contract/plan/plan.ts';
import { planOf, problemsOfPlan } from '../contract/plan/plan-of.ts';
import type { ScenarioName } from '../contract/plan/scenarios.ts';
import { environment } from './environment.ts';

/** The plan of a bundle, by the same function and settings as the runner's. Throws one line if it cannot be executed. */
export function plannedHere(scenario: ScenarioName): Plan {
  const plan = planOf(scenario, environment.sizes, environment.profile, environment.webhooks.length);
  const problems = problemsOfPlan(plan, environment.profile);
  if (problems.length > 0) throw new Error(`settings: ${problems.join('; ')}`);
  return plan;
}
