import { PhaseIndex } from '../../contract/plan/phase-index.ts';
import type { Plan } from '../../contract/plan/plan.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { RecordedRun } from '../journal/run.ts';
import { Expectations } from './expectations.ts';
import { plansOf } from './plans.ts';
import { resolveReplays } from './replays.ts';
import type { Run } from './run.ts';
import { joinSharedKeys } from './shared-keys.ts';

/**
 * What a journal means, by its plans and its profile: what each request was for, which answers are replays, and what each
 * had to get. What was read stays as it is.
 */
export function interpret(recorded: RecordedRun): Run {
  const { profile } = recorded.manifest;
  const plans = plansOf(recorded.manifest);
  const scenarios = recorded.scenarios.map((scenario) => {
    const plan = planIn(plans, scenario.name);
    const ledger = scenario.ledger?.as({ phases: new PhaseIndex([plan]) }) ?? null;
    return {
      ...scenario,
      plan,
      ledger: ledger === null ? null : resolveReplays(joinSharedKeys(ledger, profile), profile),
    };
  });
  return { ...recorded, scenarios, expectations: new Expectations(profile) };
}

function planIn(plans: readonly Plan[], name: ScenarioName): Plan {
  const plan = plans.find(({ scenario }) => scenario === name);
  if (plan === undefined) throw new Error(`there is no plan of ${name}`);
  return plan;
}
