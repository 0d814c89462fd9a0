import loadOnce from 'lazy:once';
import { SharedArray } from 'k6/data';
import type { PlannedPhase } from '../contract/plan/plan.ts';
import type { ScenarioName } from '../contract/plan/scenarios.ts';
import { environment } from './environment.ts';

/** What all VUs know of the plan. A phase itself is parsed by the VUs that execute it. */
interface Outline {
  readonly webhooks: number;
  /** Which of them is the second tenant's; null: none. */
  readonly otherTenant: number | null;
  /** Names of the phases in the plan's order. */
  readonly names: readonly string[];
  /** When the last phase ends. */
  readonly lastMs: number;
  readonly isPolled: boolean;
  readonly problems: readonly string[];
}

export interface PlanHere extends Outline {
  /** The phase of a name, or null. */
  phase(name: string): PlannedPhase | null;
}

/** The plan of a bundle. Made once for all VUs, and kept as texts: see lib/environment.ts. Throws one line if it cannot be executed. */
export function plannedHere(scenario: ScenarioName): PlanHere {
  const kept = new SharedArray('plan', () => {
    const { plan, isPolled, problems } = loadOnce().executablePlan(scenario, environment);
    const outline: Outline = {
      webhooks: plan.webhooks,
      otherTenant: plan.otherTenant ?? null,
      names: plan.phases.map(({ name }) => name),
      lastMs: plan.phases.reduce((last, { endMs }) => Math.max(last, endMs), 0),
      isPolled,
      problems,
    };
    return [outline, ...plan.phases].map((part) => JSON.stringify(part));
  });
  const outline: Outline = JSON.parse(kept[0] ?? '');
  if (outline.problems.length > 0) throw new Error(`settings: ${outline.problems.join('; ')}`);
  const parsed = new Map<string, PlannedPhase>();
  return {
    ...outline,
    phase(name) {
      const known = parsed.get(name);
      if (known !== undefined) return known;
      const index = outline.names.indexOf(name);
      const text = index === -1 ? undefined : kept[1 + index];
      if (text === undefined) return null;
      const phase: PlannedPhase = JSON.parse(text);
      parsed.set(name, phase);
      return phase;
    },
  };
}
