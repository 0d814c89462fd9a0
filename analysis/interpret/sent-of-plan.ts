import { journalFiles } from '../../contract/journal/paths.ts';
import type { Gap } from '../../contract/report/report.ts';
import {
  type PlanDifferences,
  type PlannedAndSent,
  planDifferences,
  plannedAndSent,
  sentByPhase,
} from './planned-and-sent.ts';
import type { Run, ScenarioRun } from './run.ts';

/** Null for a journal without plans: then they tell what its phases were for, and not how much was sent. */
function rowsOf(run: Run, { plan, ledger, digest, timeline }: ScenarioRun): readonly PlannedAndSent[] | null {
  if (run.manifest.plans === null || ledger === null) return null;
  return plannedAndSent(plan, digest?.phases ?? sentByPhase(ledger), timeline, run.generators.length);
}

export function differencesOf(run: Run, scenario: ScenarioRun): PlanDifferences {
  const rows = rowsOf(run, scenario);
  return rows === null ? { gaps: [], notes: [] } : planDifferences(rows);
}

/** What was planned and not sent is missing evidence. */
export function planGaps(run: Run): readonly Gap[] {
  return run.scenarios.flatMap((scenario) =>
    differencesOf(run, scenario).gaps.flatMap((problem) =>
      run.generators.map((id) => ({ file: journalFiles.ledger(id, scenario.name), problem })),
    ),
  );
}

/** Requests of all scenarios of a run, those that were not begun, too. */
export interface SentOfPlan {
  readonly planned: number;
  readonly sent: number;
}

/** How much of all that was planned was sent; null where that is not known. */
export function sentOfPlan(run: Run): SentOfPlan | null {
  const { plans } = run.manifest;
  if (plans === null) return null;
  let [planned, sent] = [0, 0];
  for (const plan of plans) {
    const scenario = run.scenarios.find(({ name }) => name === plan.scenario);
    const rows = scenario === undefined ? null : rowsOf(run, scenario);
    // One that ran without a ledger may have sent all of it.
    if (scenario !== undefined && rows === null) return null;
    plan.phases.forEach(({ requests: { min } }, n) => {
      planned += min;
      sent += Math.min(min, rows?.[n]?.sent ?? 0);
    });
  }
  return { planned, sent };
}
