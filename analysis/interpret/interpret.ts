import type { Plan } from '../../contract/plan/plan.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { RecordedRun } from '../journal/run.ts';
import { Expectations } from './expectations.ts';
import { interpretedLedger } from './interpreted-ledger.ts';
import { plansOf } from './plans.ts';
import type { Run } from './run.ts';

/**
 * What a journal means, by its plans and its profile: what each request was for, which answers are replays, and what each
 * had to get. What was read stays as it is. A ledger in pieces is not read here: digest/with-digests.ts does.
 */
export function interpret(recorded: RecordedRun): Run {
  const { profile } = recorded.manifest;
  const plans = plansOf(recorded.manifest);
  const scenarios = recorded.scenarios.map((scenario) => {
    const plan = planIn(plans, scenario.name);
    const { ledger } = scenario;
    return {
      ...scenario,
      plan,
      digest: null,
      ledger: ledger === null ? null : interpretedLedger(ledger, plan, profile),
    };
  });
  return { ...recorded, scenarios, expectations: new Expectations(profile) };
}

function planIn(plans: readonly Plan[], name: ScenarioName): Plan {
  const plan = plans.find(({ scenario }) => scenario === name);
  if (plan === undefined) throw new Error(`there is no plan of ${name}`);
  return plan;
}
