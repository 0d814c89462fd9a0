import type { Exceptions } from '../../contract/journal/exceptions.ts';
import type { ScenarioName } from '../../contract/plan/scenarios.ts';
import type { ChildExit } from '../processes/child.ts';

// What the coordinator knows of a generator: a k6, wherever it runs. local-generator.ts starts one on this machine.

/** The share of one of several generators, in the words of k6: `--execution-segment` and its sequence. */
export interface Part {
  /** From 1 on: `--tag instance_id`. */
  readonly number: number;
  readonly segment: string;
  readonly sequence: string;
}

/** What a generator is told of a scenario. */
export interface GeneratorStep {
  readonly scenario: ScenarioName;
  /** The script for k6, on the runner's machine. */
  readonly script: string;
  /** The plan of an own scenario, as JSON; null: the script has it. */
  readonly plan: string | null;
  /** What the script reads: sizes, profile, target. Never a secret. */
  readonly variables: Readonly<Record<string, string>>;
  /** Null: it is the only one, begins by itself, and runs setup and teardown. Else it waits, and is told by k6's REST API. */
  readonly part: Part | null;
}

export interface RestAnswer {
  readonly status: number;
  readonly text: string;
}

/** How a generator's work on a scenario ended. */
export interface GeneratorEnd {
  /** Null if it went without telling. */
  readonly exit: ChildExit | null;
  /** Why it went without telling, in words: evicted, killed for its memory; null if there is an exit. */
  readonly lost: string | null;
  /** What k6 called errors, at most the last five. */
  readonly errors: readonly string[];
  /** What its iterations threw. */
  readonly exceptions: readonly Exceptions[];
}

/** A generator at work on one scenario. */
export interface GeneratorRun {
  /** Asks k6's REST API. Rejects while nothing answers there, or not in time. By itself it has no time limit: teardown may take minutes. */
  rest(method: 'GET' | 'POST' | 'PUT' | 'PATCH', path: string, body?: string, withinMs?: number): Promise<RestAnswer>;
  /** SIGINT: k6 ends gracefully. */
  interrupt(): void;
  kill(): void;
  /** Resolves when it has ended, and never rejects. */
  readonly ended: Promise<GeneratorEnd>;
  /** Brings its files of the scenario into generators/<id>/ of the run's folder. In words why that is not whole; null if it is. */
  collect(): Promise<string | null>;
}

export interface Generator {
  /** Names generators/<id>/. */
  readonly id: string;
  /** By how much its wall clock is ahead of the runner's; null if that is not known. */
  clockAheadMs(): number | null;
  /** Begins at once; whether that worked `ended` and `rest` tell. */
  start(step: GeneratorStep): GeneratorRun;
}

/** All generators of a run. */
export interface Fleet {
  readonly generators: readonly Generator[];
  /** Whether they are started, told and ended together by k6's REST API; false for one k6 on this machine. */
  readonly isCoordinated: boolean;
  /** After the last scenario. */
  close(): Promise<void>;
}

/** Of generator `number` of `count`: `1/4:2/4` in `0,1/4,2/4,3/4,1`. */
export function partOf(number: number, count: number): Part {
  const edge = (n: number): string => (n === 0 ? '0' : n === count ? '1' : `${n}/${count}`);
  return {
    number,
    segment: `${edge(number - 1)}:${edge(number)}`,
    sequence: Array.from({ length: count + 1 }, (_, n) => edge(n)).join(','),
  };
}
