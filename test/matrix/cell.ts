import { type CriterionId, criterionIds } from '../../analysis/rules/registry.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { LimiterKind } from '../../contract/profile/profile.ts';
import type { Status } from '../../contract/report/criteria.ts';
import type { Finding } from '../../contract/report/report.ts';

/** One server, healthy or broken on purpose, the scenarios that it meets, and the verdict that it deserves. */
export interface Cell {
  readonly name: string;
  readonly faults: readonly string[];
  readonly store: 'memory' | 'redis' | 'postgres' | 'redis and postgres';
  readonly workers: number;
  readonly limiter: Exclude<LimiterKind, 'unknown' | 'delaying'>;
  readonly scenarios: readonly ScenarioName[];
  /** The ready profile as which signals are signed; null: the secret is a query parameter. */
  readonly signature: string | null;
  readonly sizes: Readonly<Record<string, string>>;
  /** What happens to the run from outside, once so many signals stand in the ledger of the scenario. */
  readonly event: {
    readonly what: 'crash redis' | 'crash postgres' | 'stall generator';
    readonly scenario: ScenarioName;
    readonly afterSignals: number;
  } | null;
  /** What these criteria must be; every other one that the command judges must pass. */
  readonly expects: Readonly<Partial<Record<CriterionId, readonly Status[]>>>;
  /** Also a test of `make test`. */
  readonly quick: boolean;
}

/** Milliseconds and CPU are the machine's as much as the server's: these may warn on a busy one. */
export const timed: readonly CriterionId[] = [
  ...['average-response-time' as const, 'p95-response-time' as const, 'any-response' as const],
  ...['responsiveness' as const, 'cpu' as const],
];

/** Whether a criterion was left open, or warns, for what a busy machine did: it tells of nothing then. */
export function isOfTheMachine({ criterion, status, summary }: Finding): boolean {
  if (status === 'warn') return timed.some((each) => each === criterion);
  return isOpenForMachine({ status, summary });
}

/** Whether it was left open because the machine had no CPU to spare. */
export const isOpenForMachine = ({ status, summary }: Pick<Finding, 'status' | 'summary'>): boolean =>
  status === 'inconclusive' && /no CPU to spare/.test(summary);

export interface CellJudgement {
  /** Criteria that the fault breaks and that did not say so. */
  readonly missed: readonly CriterionId[];
  /** Criteria that accuse where nothing is broken. */
  readonly falseAlarms: readonly CriterionId[];
  /** Criteria that should pass and could not tell. */
  readonly undecided: readonly CriterionId[];
}

/** Holds a run's verdicts against what the cell deserves. */
export function judgeCell(cell: Cell, statuses: Readonly<Record<CriterionId, Status>>): CellJudgement {
  const missed: CriterionId[] = [];
  const falseAlarms: CriterionId[] = [];
  const undecided: CriterionId[] = [];
  for (const criterion of criterionIds) {
    const status = statuses[criterion];
    const expected = cell.expects[criterion];
    if (expected !== undefined) {
      if (!expected.includes(status)) missed.push(criterion);
    } else if (status === 'inconclusive') {
      undecided.push(criterion);
    } else if (status === 'fail' || (status === 'warn' && !timed.includes(criterion))) {
      falseAlarms.push(criterion);
    }
  }
  return { missed, falseAlarms, undecided };
}
