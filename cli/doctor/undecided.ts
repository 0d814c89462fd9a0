import type { Foreseen, Foretold } from '../../analysis/rules/foreseen.ts';
import { rules } from '../../analysis/rules/registry.ts';
import { type Rule, unansweredBy } from '../../analysis/rules/rule.ts';
import type { Plan } from '../../contract/plan/plan.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Check } from './check.ts';
import { readbackSubject } from './readback-check.ts';

/** A run that may come, and what it will have evidence of. */
export interface PlannedRun extends Foreseen {
  readonly scenarios: readonly ScenarioName[];
  readonly plans: readonly Plan[];
}

/** A criterion that a run with these settings cannot decide. */
export interface Undecided {
  readonly title: string;
  readonly status: Foretold['status'] | 'not run';
  readonly why: string;
}

/** What a plan says of itself. */
export interface PlanNote {
  readonly scenario: ScenarioName;
  readonly note: string;
}

export const notesOf = (plans: readonly Plan[]): readonly PlanNote[] =>
  plans.flatMap(({ scenario, notes }) => notes.map((note) => ({ scenario, note })));

/** Subjects of what must be settled before a run can decide anything, or whether each signal was processed once. */
export function obstaclesOf(checks: readonly Check[], { readback }: TargetProfile): readonly string[] {
  const wasReadBack = checks.some(({ subject, status }) => subject === readbackSubject && status === 'ok');
  const isUnread = readback.kind !== 'none' && !wasReadBack;
  const found = checks.filter(
    ({ subject, status, endsRun }) => endsRun || (isUnread && subject === readbackSubject && status === 'unknown'),
  );
  return [...new Set(found.map(({ subject }) => subject))];
}

/** Every criterion that a run cannot decide, in the order of the report. */
export function undecided(run: PlannedRun): readonly Undecided[] {
  const { plans, profile, scenarios } = run;
  return rules.flatMap((rule: Rule): readonly Undecided[] => {
    const { title } = rule;
    const unanswered = scenarios.map((name) => unansweredBy(rule, { manifest: { plans, profile } }, name));
    const [first] = unanswered;
    if (first !== undefined && !unanswered.includes(null)) {
      return [{ title, status: 'not run', why: [...new Set(unanswered)].join('; ') }];
    }
    const foretold = rule.foretold?.(run) ?? null;
    return foretold === null ? [] : [{ title, ...foretold }];
  });
}
