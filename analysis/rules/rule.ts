import { journalFiles } from '../../contract/journal/journal.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { CriterionId, Status } from '../../contract/report/criteria.ts';
import type { FindingPart } from '../../contract/report/report.ts';
import type { Run } from '../journal/run.ts';

export interface Judgement {
  readonly status: Status;
  /** One sentence: what was seen, with its numbers. */
  readonly summary: string;
  /** The facts that decided it, most telling first. */
  readonly evidence?: readonly string[];
  readonly parts?: readonly FindingPart[];
}

/** One criterion's way from the evidence to a status. It reads the run and nothing else, and never a fault's name. */
export interface Rule {
  readonly criterion: CriterionId;
  /** Scenarios that can answer it; null where any can. Outside a command that has one of them it is not run. */
  readonly scenarios: readonly ScenarioName[] | null;
  /** Journal files whose gaps keep it from passing; what they prove wrong stays proven. */
  needs(run: Run): readonly string[];
  judge(run: Run): Judgement;
}

/** Those of the rule's scenarios that the command has. */
export function scenariosOf(rule: Pick<Rule, 'scenarios'>, run: Run): readonly ScenarioName[] {
  return run.manifest.command.filter((name) => rule.scenarios === null || rule.scenarios.includes(name));
}

/** The ledgers of those scenarios, as files that a rule needs. */
export function ledgersOf(rule: Pick<Rule, 'scenarios'>, run: Run): readonly string[] {
  return scenariosOf(rule, run).flatMap((name) => [journalFiles.ledger(name), journalFiles.timeline(name)]);
}

const order: readonly Status[] = ['fail', 'inconclusive', 'warn', 'pass', 'not-applicable', 'not-run'];

/** The status that decides where several hold. */
export function worst(statuses: readonly Status[]): Status {
  return order.find((status) => statuses.includes(status)) ?? 'inconclusive';
}
