import { SharedArray } from 'k6/data';
import type { Plan } from '../contract/plan/plan.ts';
import { planOf, problemsOfPlan } from '../contract/plan/plan-of.ts';
import type { ScenarioName } from '../contract/plan/scenarios.ts';
import { environment } from './environment.ts';

/**
 * The plan of a bundle, by the same function and settings as the runner's. Made once for all VUs, and kept as text: see
 * lib/environment.ts. Throws one line if it cannot be executed.
 */
export function plannedHere(scenario: ScenarioName): Plan {
  const kept = new SharedArray('plan', () => {
    const plan = planOf(scenario, environment.sizes, environment.profile, environment.webhooks.length);
    const problems = problemsOfPlan(plan, environment.profile);
    return [JSON.stringify({ plan, problems })];
  });
  const { plan, problems }: { readonly plan: Plan; readonly problems: readonly string[] } = JSON.parse(kept[0] ?? '');
  if (problems.length > 0) throw new Error(`settings: ${problems.join('; ')}`);
  return plan;
}
