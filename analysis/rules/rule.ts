import { journalFiles } from '../../contract/journal/paths.ts';
import type { Plan } from '../../contract/plan/plan.ts';
import { type BuiltInScenario, isBuiltIn, type ScenarioName } from '../../contract/plan/scenarios.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { type Question, type Status, worst } from '../../contract/report/criteria.ts';
import type { Picture } from '../../contract/report/pictures.ts';
import type { FindingPart, Measure, ThresholdWords } from '../../contract/report/report.ts';
import type { Thresholds } from '../../contract/report/thresholds.ts';
import type { Run } from '../interpret/run.ts';
import { type Advice, adviceOfAll } from './advice.ts';
import type { Foreseen, Foretold } from './foreseen.ts';

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
  /** Of the rule's advice, what fits the faults that were found, the most likely first; left out: all of it does. */
  readonly advice?: readonly Advice[];
  /** A warning that holds whatever the missing evidence would say. A failure always does. */
  readonly isProven?: boolean;
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
  /** All that there may be to look at when it fails or warns; a judgement chooses of it. */
  readonly advice: readonly Advice[];
  /** Of our scenarios those that can answer it; null if any can. Outside a command that has one of them it is not run. */
  readonly scenarios: readonly BuiltInScenario[] | null;
  /**
   * Why the plan of an own scenario cannot answer it, in plain words; null if it can. Left out: any can where any of ours can, and
   * none else.
   */
  unanswered?(plan: Plan, profile: TargetProfile): string | null;
  /** What is known before a run to keep it from a decision, for `doctor`; null or left out: nothing. */
  foretold?(seen: Foreseen): Foretold | null;
  /** Whether it compares values at many points of a run: then some seconds that nobody watched take no evidence from it. */
  readonly bridgesPauses?: true;
  /** Whether the server's log may say what speaks against it. */
  readonly readsLog?: true;
  /**
   * How much of what was planned must be sent for a pass: of its scenarios all (`all`), or most of the run's (`most`). Left out: what the
   * files that it needs lack.
   */
  readonly needsPlan?: 'all' | 'most';
  /** Journal files whose gaps keep it from passing; what they prove wrong stays proven. */
  needs(run: Run): readonly string[];
  judge(run: Run): Judgement;
}

type Which = Pick<Rule, 'scenarios' | 'unanswered'>;

/** As much of a run as is known before it begins. */
interface Planned {
  readonly manifest: Pick<Run['manifest'], 'plans' | 'profile'>;
}

/** Why a scenario of the command cannot answer a rule, in plain words; null if it can. */
export function unansweredBy(rule: Which, { manifest }: Planned, name: ScenarioName): string | null {
  const others = `needs ${rule.scenarios?.join(' or ') ?? 'a scenario'}`;
  if (isBuiltIn(name)) return rule.scenarios === null || rule.scenarios.includes(name) ? null : others;
  const plan = manifest.plans?.find(({ scenario }) => scenario === name);
  if (plan === undefined) return 'its plan is missing';
  if (rule.unanswered !== undefined) return rule.unanswered(plan, manifest.profile);
  return rule.scenarios === null ? null : others;
}

/** The scenarios of the command that can answer a rule. */
export function scenariosOf(rule: Which, run: Run): readonly ScenarioName[] {
  return run.manifest.command.filter((name) => unansweredBy(rule, run, name) === null);
}

/** Why no scenario of the command answers a rule. */
export function notRunSummary(rule: Which, run: Run): string {
  const own = run.manifest.command.filter((name) => !isBuiltIn(name));
  if (own.length === 0) return `needs ${rule.scenarios?.join(' or ') ?? 'a scenario'}, which this command does not run`;
  return own.map((name) => `${name}: ${unansweredBy(rule, run, name)}`).join('; ');
}

/** The ledgers of those scenarios, as files that a rule needs. */
export function ledgersOf(rule: Which, run: Run): readonly string[] {
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

/** One judgement of those of several scenarios; of one scenario alone it is that one. @param none what is said of none. */
export function ofScenarios(
  judged: readonly (Judgement & { readonly scenario: ScenarioName })[],
  none: string,
): Judgement {
  const [first, ...others] = judged;
  if (first === undefined) return { status: 'inconclusive', summary: none };
  if (others.length === 0) {
    const { scenario: _, ...judgement } = first;
    return judgement;
  }
  const status = worst(judged.map((one) => one.status));
  const deciding = judged.find((one) => one.status === status) ?? first;
  const byWeight = [deciding, ...judged.filter((one) => one !== deciding)];
  return {
    status,
    summary: `${deciding.scenario}: ${deciding.summary}`,
    measures: deciding.measures ?? [],
    evidence: judged.flatMap(({ scenario, evidence = [] }) => evidence.map((line) => `${scenario}: ${line}`)),
    pictures: judged.flatMap(({ pictures = [] }) => pictures),
    ...adviceOfAll(byWeight),
    parts: judged.map(({ scenario, status: own, summary, measures = [] }) => ({
      ...{ scenario, summary, measures },
      status: own,
    })),
  };
}
