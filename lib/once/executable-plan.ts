import { ownPlan, targetOf } from '../../contract/plan/own/own-plan.ts';
import type { OwnPhase, Target } from '../../contract/plan/own/phases.ts';
import type { Plan } from '../../contract/plan/plan.ts';
import { planOf, problemsOfPlan } from '../../contract/plan/plan-of.ts';
import { isPolledUnderLoad } from '../../contract/plan/polled-under-load.ts';
import { isBuiltIn, type ScenarioName } from '../../contract/plan/scenarios.ts';
import type { Environment } from '../environment.ts';

export interface ExecutablePlan {
  readonly plan: Plan;
  /** Whether a VU beside the load reads back what was processed. */
  readonly isPolled: boolean;
  /** Why it cannot be executed, one sentence each. */
  readonly problems: readonly string[];
}

/** What the user of an own scenario wrote; null for a built-in one. */
export type OwnPlanner = ((target: Target) => readonly OwnPhase[]) | null;

/** The plan of a bundle, by the same function and settings as the runner's. */
export function executablePlan(scenario: ScenarioName, own: OwnPlanner, environment: Environment): ExecutablePlan {
  const { profile, sendsNatively } = environment;
  const { plan, problems } = own === null ? builtInPlan(scenario, environment) : planOfUser(scenario, own, environment);
  return { plan, isPolled: sendsNatively && isPolledUnderLoad(profile, scenario), problems };
}

function builtInPlan(scenario: ScenarioName, { sizes, profile, webhooks }: Environment) {
  if (!isBuiltIn(scenario)) throw new Error(`${scenario} is not a built-in scenario: give its plan to scenario(), too`);
  const plan = planOf(scenario, sizes, profile, webhooks.length);
  return { plan, problems: problemsOfPlan(plan, profile) };
}

/** Defined in the bundles of own scenarios: reads a file by its path from the folder of the user's file. */
declare const openBesideScenario: ((path: string) => string) | undefined;

function planOfUser(scenario: ScenarioName, own: NonNullable<OwnPlanner>, environment: Environment) {
  const { sizes, profile, webhooks, planFile } = environment;
  if (planFile !== null) {
    // The runner has asked for the plan and checked it: the user's code may not plan the same twice.
    const plan: Plan = JSON.parse(open(planFile));
    return { plan, problems: [] };
  }
  const read = typeof openBesideScenario === 'undefined' ? open : openBesideScenario;
  const situation = { sizes, profile, given: webhooks.length };
  const phases = own(targetOf(situation));
  return ownPlan(scenario, phases, [], { ...situation, read: (path) => String(read(path)) });
}
