import loadOnce from 'lazy:once';
import { SharedArray } from 'k6/data';
import { plannedSignal } from '../contract/plan/made-signal.ts';
import type { Plan, PlannedPhase, ReplaySchedule } from '../contract/plan/plan.ts';
import type { ScenarioName } from '../contract/plan/scenarios.ts';
import type { Signal } from '../contract/plan/signal.ts';
import { UnexecutableError } from '../contract/plan/unexecutable.ts';
import { environment } from './environment.ts';
import type { OwnPlanner } from './once/executable-plan.ts';

/** What all VUs know of the plan. A phase itself is parsed by the VUs that execute it. */
interface Outline {
  readonly webhooks: number;
  /** Which of them is the second tenant's; null: none. */
  readonly otherTenant: number | null;
  /** Names of the phases in the plan's order. */
  readonly names: readonly string[];
  /** Where the recorded signals of each phase of replay begin among the texts. */
  readonly rows: Readonly<Record<string, number>>;
  /** When the last phase ends. */
  readonly lastMs: number;
  readonly isPolled: boolean;
  readonly problems: readonly string[];
}

/** A recorded signal: when it goes out, in milliseconds after the start of its phase, its webhook, its number, and what it holds. */
export type PlannedRow = readonly [atMs: number, webhook: number, n: number, held: Omit<Signal, 'signal_id'>];

export interface PlanHere extends Outline {
  readonly name: ScenarioName;
  /** The phase of a name, or null. Of a replay without its recorded signals, which `row` gives. */
  phase(name: string): PlannedPhase | null;
  row(name: string, index: number): PlannedRow | null;
  /** The whole plan, of an own scenario: what its runner keeps. */
  readonly whole: () => Plan;
}

/** The plan of a bundle. Made once for all VUs, and kept as texts: see lib/environment.ts. Throws one line if it cannot be executed. */
export function plannedHere(scenario: ScenarioName, own: OwnPlanner = null): PlanHere {
  const kept = new SharedArray('plan', () => textsOf(scenario, own));
  const outline: Outline = JSON.parse(kept[0] ?? '');
  if (outline.problems.length > 0) {
    throw new UnexecutableError(
      `${own === null ? 'settings' : `the plan of ${scenario}`}: ${outline.problems.join('; ')}`,
    );
  }
  const parsed = new Map<string, PlannedPhase>();
  return {
    ...outline,
    name: scenario,
    whole: () => JSON.parse(kept[kept.length - 1] ?? ''),
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
    row(name, index) {
      const first = outline.rows[name];
      const text = first === undefined ? undefined : kept[first + index];
      return text === undefined ? null : JSON.parse(text);
    },
  };
}

function textsOf(scenario: ScenarioName, own: OwnPlanner): string[] {
  const { plan, isPolled, problems } = loadOnce().executablePlan(scenario, own, environment);
  const rows: Record<string, number> = {};
  const texts = plan.phases.map((phase) => JSON.stringify(withoutRows(phase)));
  for (const phase of plan.phases) {
    if (phase.schedule.kind !== 'replay') continue;
    rows[phase.name] = 1 + texts.length;
    texts.push(...rowsOf(phase, phase.schedule).map((row) => JSON.stringify(row)));
  }
  const outline: Outline = {
    webhooks: plan.webhooks,
    otherTenant: plan.otherTenant ?? null,
    names: plan.phases.map(({ name }) => name),
    rows,
    lastMs: plan.phases.reduce((last, { endMs }) => Math.max(last, endMs), 0),
    isPolled,
    problems,
  };
  return [JSON.stringify(outline), ...texts, ...(own === null ? [] : [JSON.stringify(plan)])];
}

/** Each VU that executes a phase parses it: one with all recorded signals would cost each of them much. */
function withoutRows(phase: PlannedPhase): PlannedPhase {
  const { schedule } = phase;
  return schedule.kind === 'replay'
    ? { ...phase, signals: [], schedule: { ...schedule, timesMs: [], signals: [] } }
    : phase;
}

function rowsOf({ signals: [own] }: PlannedPhase, schedule: ReplaySchedule): readonly PlannedRow[] {
  if (own === undefined) return [];
  const { timesMs, signals, firstWebhook, webhooks } = schedule;
  return timesMs.map((atMs, at) => {
    const place = signals?.[at] ?? at;
    const n = own.first + place;
    const { signal_id: _made, ...held } = plannedSignal(own, n, '');
    return [atMs, firstWebhook + (place % webhooks), n, held];
  });
}
