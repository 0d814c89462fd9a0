import type { Plan } from '../../contract/plan/plan.ts';
import { planOf, problemsOfPlan } from '../../contract/plan/plan-of.ts';
import { isPolledUnderLoad } from '../../contract/plan/polled-under-load.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { Environment } from '../environment.ts';

export interface ExecutablePlan {
  readonly plan: Plan;
  /** Whether a VU beside the load reads back what was processed. */
  readonly isPolled: boolean;
  /** Why it cannot be executed, one sentence each. */
  readonly problems: readonly string[];
}

/** The plan of a bundle, by the same function and settings as the runner's. */
export function executablePlan(scenario: ScenarioName, environment: Environment): ExecutablePlan {
  const { sizes, profile, webhooks, sendsNatively } = environment;
  const plan = planOf(scenario, sizes, profile, webhooks.length);
  return {
    plan,
    isPolled: sendsNatively && isPolledUnderLoad(profile, scenario),
    problems: problemsOfPlan(plan, profile),
  };
}
