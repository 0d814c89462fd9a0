import type { Plan } from '../../contract/plan/plan.ts';
import type { RecordedRun, RecordedScenario } from '../journal/run.ts';
import type { ServerTimeline } from '../journal/server.ts';
import type { Samples } from '../journal/server-samples.ts';
import type { Expectations } from './expectations.ts';

/** One scenario with its plan; the ledger says what each request was for, and which answers are replays. */
export interface ScenarioRun extends RecordedScenario {
  readonly plan: Plan;
}

/** A run as the rules judge it. */
export interface Run extends RecordedRun {
  readonly scenarios: readonly ScenarioRun[];
  /** What the declared contract lets each request get, worked out once. */
  readonly expectations: Expectations;
}

/** The server that the rules judge: the first that was watched; null if none was. */
export function serverOf({ servers }: Pick<Run, 'servers'>): ServerTimeline | null {
  return servers[0] ?? null;
}

const noSamples: Samples = [];

/** Its samples; none if it was not watched. */
export function samplesOf(run: Pick<Run, 'servers'>): Samples {
  return serverOf(run)?.samples ?? noSamples;
}
