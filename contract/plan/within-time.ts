import type { TargetProfile } from '../profile/profile.ts';
import { legitimateIn, minRequests } from './legitimate.ts';
import type { Plan } from './plan.ts';
import type { Role } from './roles.ts';
import type { DraftPlan } from './scenario-plan.ts';
import { type BuiltInScenario, isBuiltIn, type ScenarioName } from './scenarios.ts';
import type { SizeName, Sizes } from './sizes.ts';

/** Makes the plan of one scenario: with these sizes, without some phases, or as if there were no limiter. */
export type Planner = (
  sizes: Sizes,
  how?: { readonly without?: ReadonlySet<Role>; readonly isUnlimited?: boolean },
) => DraftPlan;

/** What makes each scenario longer under a slow limiter, and what is left of it at the minimum. MIN_LEGITIMATE is reduced last. */
const minimums: Readonly<Partial<Record<BuiltInScenario, readonly (readonly [SizeName, number])[]>>> = {
  hft: [['HFT_SIGNALS', 20]],
  'memory-leak': [['LEAK_REQUESTS', 100]],
  'rate-limit': [
    ['RATE_LIMIT_PROBE_SECONDS', 2],
    ['RATE_LIMIT_OFFSETS', 1],
    ['RATE_LIMIT_BURSTS', 1],
  ],
  concurrency: [['CONCURRENCY_ROUNDS', 1]],
  idempotency: [
    ['IDEMPOTENCY_KEYS', 3],
    ['IDEMPOTENCY_ODDS_KEYS', 0],
    ['AUTHENTICATION_SIGNALS', 1],
  ],
  redelivery: [['REDELIVERY_SIGNALS', 14]],
};

const minimumsOf = (scenario: ScenarioName) => (isBuiltIn(scenario) ? minimums[scenario] : undefined) ?? [];

const searchSteps = 8;

interface Bounds {
  readonly profile: TargetProfile;
  readonly given: number;
  /** Phases that are left out one after the other if smaller sizes are not enough. */
  readonly leftOutFirst: readonly Role[];
}

/**
 * The plan as asked for, or what of it fits into MAX_SCENARIO_SECONDS, or into the time that it takes without a limiter, if that
 * is longer: only what the limiter adds is cut. First sizes are reduced, all by the same factor; then phases are left out; then
 * fewer legitimate requests are sent, so that success cannot be judged. Notes say each.
 */
export function withinTime(sizes: Sizes, plan: Planner, { profile, given, leftOutFirst }: Bounds): Plan {
  const asked = plan(sizes);
  const configuredMs = sizes.MAX_SCENARIO_SECONDS * 1000;
  if (asked.estimatedMs <= configuredMs) return { ...asked, notes: textsOf(asked.notes) };
  const maxMs = Math.max(configuredMs, 1.5 * plan(sizes, { isUnlimited: true }).estimatedMs);
  const fits = ({ estimatedMs }: DraftPlan): boolean => estimatedMs <= maxMs;
  if (fits(asked)) return { ...asked, notes: textsOf(asked.notes) };

  const told = (found: DraftPlan, used: Sizes): Plan => ({
    ...found,
    notes: [
      ...textsOf(found.notes.filter((note) => note.sizes?.every((name) => used[name] === sizes[name]) ?? true)),
      reducedNote(asked, found, { asked: sizes, used }),
      ...undecidedNotes(found, profile, given),
    ],
  });
  const scaled = (share: number): Sizes => reduced(sizes, asked.scenario, share);
  const share = largest((part) => fits(plan(scaled(part))));
  if (share !== null) return told(plan(scaled(share)), scaled(share));

  const smallest = scaled(0);
  for (let n = 1; n <= leftOutFirst.length; n += 1) {
    const without = leftOutFirst.slice(0, n);
    const shorter = plan(smallest, { without: new Set(without) });
    if (fits(shorter)) return told(shorter, smallest);
  }
  const without = new Set(leftOutFirst);
  const fewer = (part: number): Sizes => ({ ...smallest, MIN_LEGITIMATE: Math.floor(part * sizes.MIN_LEGITIMATE) });
  const legitimate = largest((part) => fits(plan(fewer(part), { without })));
  if (legitimate !== null) return told(plan(fewer(legitimate), { without }), fewer(legitimate));
  return told(cut(plan(fewer(0), { without }), maxMs), fewer(0));
}

const textsOf = (notes: DraftPlan['notes']): readonly string[] => notes.map(({ text }) => text);

function reduced(sizes: Sizes, scenario: ScenarioName, share: number): Sizes {
  const smaller = minimumsOf(scenario).map(([name, minimum]) => {
    const asked = sizes[name];
    return [name, Math.min(asked, Math.max(minimum, Math.round(share * asked)))];
  });
  return { ...sizes, ...Object.fromEntries(smaller) };
}

/** The largest share of 1, to one part in 256, that fits; null if not even 0 does. */
function largest(fits: (share: number) => boolean): number | null {
  if (!fits(0)) return null;
  let [low, high] = [0, 1];
  for (let n = 0; n < searchSteps; n += 1) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Without the phases that do not fit; the first one stays. */
function cut(plan: DraftPlan, maxMs: number): DraftPlan {
  const phases = plan.phases.filter(({ endMs }, n) => n === 0 || endMs <= maxMs);
  const kept = new Set(phases.map(({ name }) => name));
  const notes = plan.notes.filter((note) => note.phases?.some((name) => kept.has(name)) ?? true);
  return { ...plan, phases, notes, estimatedMs: phases.reduce((last, { endMs }) => Math.max(last, endMs), 0) };
}

/** What differs from the plan as asked for, and what would bring it back. */
function reducedNote(
  asked: DraftPlan,
  found: DraftPlan,
  sizes: { readonly asked: Sizes; readonly used: Sizes },
): string {
  const names: readonly SizeName[] = [...minimumsOf(asked.scenario).map(([name]) => name), 'MIN_LEGITIMATE'];
  const changes = names
    .filter((name) => sizes.used[name] !== sizes.asked[name])
    .map((name) => `${name} is ${sizes.used[name]} instead of ${sizes.asked[name]}`);
  const kept = new Set(found.phases.map(({ name }) => name));
  const left = asked.phases.flatMap(({ name }) => (kept.has(name) ? [] : [name]));
  const without = left.length === 0 ? [] : [`left out: ${left.join(', ')}`];
  const [askedSeconds, seconds] = [asked.estimatedMs, found.estimatedMs].map((ms) => Math.ceil(ms / 1000));
  return `the limiter would stretch this scenario to ${askedSeconds} s; to end after ${seconds} s, ${[...changes, ...without].join('; ')}. Set MAX_SCENARIO_SECONDS=${askedSeconds} for all of it`;
}

/** Criteria that the plan cannot decide. */
function undecidedNotes({ phases }: DraftPlan, profile: TargetProfile, given: number): readonly string[] {
  const legitimate = legitimateIn(phases, profile, given);
  if (legitimate >= minRequests) return [];
  return [
    `about ${legitimate} of its requests must be admitted, and ${minRequests} are needed: success of legitimate requests will be inconclusive, unless other scenarios of this run send the rest`,
  ];
}
