import type { Run, ScenarioRun } from '../interpret/run.ts';
import { gather } from './gather.ts';

/** The run with what its ledgers in pieces say: they are read here, one piece at a time, and what is wrong with them is a gap. */
export function withDigests(run: Run): Run {
  const gaps = [...run.gaps];
  const scenarios = run.scenarios.map((scenario): ScenarioRun => {
    const { pieces } = scenario;
    if (pieces === null) return scenario;
    const gathered = gather(run, scenario, pieces);
    gaps.push(...pieces.gaps);
    return { ...scenario, ...gathered };
  });
  return { ...run, scenarios, gaps };
}
