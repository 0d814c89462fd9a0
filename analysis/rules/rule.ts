import { journalFiles } from '../../contract/journal/paths.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { Question, Status } from '../../contract/report/criteria.ts';
import type { Picture } from '../../contract/report/pictures.ts';
import type { FindingPart, Measure, ThresholdWords } from '../../contract/report/report.ts';
import type { Thresholds } from '../../contract/report/thresholds.ts';
import type { Run } from '../interpret/run.ts';

export interface JudgedPart extends Omit<FindingPart, 'measures'> {
  readonly measures?: readonly Measure[];
}

export interface Judgement {
  readonly status: Status;
  /** One sentence: what was seen, with its numbers. */
  readonly summary: string;
  /** The same numbers as data. */
  readonly measures?: readonly Measure[];
  /** The facts that decided it, most telling first. */
  readonly evidence?: readonly string[];
  readonly parts?: readonly JudgedPart[];
  /** Of the evidence, what is drawn; most telling first. */
  readonly pictures?: readonly Picture[];
}

/**
 * All of one criterion: what it asks, what it is judged by, and its way from the evidence to a status. `judge` reads the run and
 * nothing else, and never a fault's name.
 */
export interface Rule<Id extends string = string> {
  readonly id: Id;
  readonly title: string;
  readonly question: Question;
  /** What it is judged from, for docs/criteria.md. */
  readonly evidence: string;
  /** What passes, warns and fails, in words, with the thresholds that a run is judged by. */
  thresholds(of: Thresholds): ThresholdWords;
  /** What a warning or failure is called, for docs/criteria.md. */
  readonly faults: readonly string[];
  /** What to look at when it fails or warns. */
  readonly advice: readonly string[];
  /** Scenarios that can answer it; null if any can. Outside a command that has one of them it is not run. */
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
  return scenariosOf(rule, run).flatMap((name) => [...ledgerFiles(run, name), ...timelineFiles(run, name)]);
}

/** Files of a scenario, one a generator. */
export function ledgerFiles({ generators }: Run, name: ScenarioName): readonly string[] {
  return generators.map((id) => journalFiles.ledger(id, name));
}

/** Whether no row of a scenario's ledger is missing: what a missing row would explain is otherwise not proven. */
export function ledgerIsWhole(run: Run, name: ScenarioName): boolean {
  const files = ledgerFiles(run, name);
  return !run.gaps.some(({ file }) => files.includes(file));
}

export function timelineFiles({ generators }: Run, name: ScenarioName): readonly string[] {
  return generators.map((id) => journalFiles.timeline(id, name));
}

/** What was recorded of the server, one file a monitor. */
export function monitorFiles({ monitors }: Run): readonly string[] {
  return monitors.map((id) => journalFiles.monitor(id));
}
