import type { TargetProfile } from '../profile/profile.ts';
import { burstPlan } from './burst.ts';
import { concurrencyPlan } from './concurrency.ts';
import { forgedPhase } from './forged-phase.ts';
import { withinFurther } from './further-limits.ts';
import { hftPlan } from './hft.ts';
import { idempotencyPlan } from './idempotency.ts';
import { pacedPhase } from './legitimate.ts';
import { quietNotes } from './limits.ts';
import { memoryLeakPlan } from './memory-leak.ts';
import { capacityNotes } from './notes.ts';
import type { Plan } from './plan.ts';
import { leftOutFirst, rateLimitPlan } from './rate-limit.ts';
import { redeliveryPlan } from './redelivery.ts';
import type { Role } from './roles.ts';
import type { DraftPlan, ScenarioPlan } from './scenario-plan.ts';
import type { BuiltInScenario } from './scenarios.ts';
import { maxNumber, usesNumbers } from './signal-id.ts';
import { longKeysNote } from './signal-key.ts';
import type { Sizes } from './sizes.ts';
import { soakPlan } from './soak.ts';
import { sustainedPlan } from './sustained.ts';
import { withinTime } from './within-time.ts';

const planners = {
  hft: hftPlan,
  burst: burstPlan,
  sustained: sustainedPlan,
  'memory-leak': memoryLeakPlan,
  'rate-limit': rateLimitPlan,
  concurrency: concurrencyPlan,
  idempotency: idempotencyPlan,
  redelivery: redeliveryPlan,
  soak: soakPlan,
} as const satisfies Record<
  BuiltInScenario,
  (sizes: Sizes, profile: TargetProfile, given: number, without: ReadonlySet<Role>) => ScenarioPlan
>;

/**
 * What a scenario will send.
 * @param given how many webhooks are given; 0 if they are created.
 */
export function planOf(scenario: BuiltInScenario, sizes: Sizes, profile: TargetProfile, given: number): Plan {
  return withinTime(
    sizes,
    (scaled, { without = new Set<Role>(), isUnlimited = false } = {}) => {
      const target: TargetProfile = isUnlimited ? { ...profile, limiter: { kind: 'none' } } : profile;
      return planWith(scenario, scaled, { profile: target, given: isUnlimited ? 0 : given, without });
    },
    { profile, given, leftOutFirst: scenario === 'rate-limit' ? leftOutFirst : [] },
  );
}

interface Situation {
  readonly profile: TargetProfile;
  readonly given: number;
  readonly without: ReadonlySet<Role>;
}

function planWith(scenario: BuiltInScenario, sizes: Sizes, { profile, given, without }: Situation): DraftPlan {
  const {
    webhooks,
    otherTenant,
    phases,
    notes = [],
    settleMs = 0,
    piecePhases,
  } = planners[scenario](sizes, profile, given, without);
  const more = pacedPhase({ phases, webhooks }, sizes, profile, given);
  const load = more === null ? phases : [...phases, more.phase];
  const used = Math.max(webhooks, more?.webhooks ?? 0);
  const last = scenario === 'idempotency' ? forgedPhase({ phases: load, webhooks: used }, sizes, profile, given) : null;
  const all = withinFurther(last === null ? load : [...load, last.phase], profile);
  const keys = longKeysNote(profile);
  return {
    scenario,
    webhooks: Math.max(used, last?.webhooks ?? 0),
    ...(otherTenant === undefined ? {} : { otherTenant }),
    estimatedMs: all.reduce((last, { endMs }) => Math.max(last, endMs), 0) + settleMs,
    phases: all,
    ...(piecePhases === undefined ? {} : { piecePhases }),
    notes: [
      ...notes,
      ...(keys === null ? [] : [{ text: keys }]),
      ...capacityNotes(all, sizes, profile),
      ...quietNotes(profile, given).map((text) => ({ text })),
    ],
  };
}

/** Why a plan cannot be executed, one sentence each; nothing is sent then. */
export function problemsOfPlan({ scenario, phases }: Plan, profile: TargetProfile): readonly string[] {
  if (!usesNumbers(profile)) return [];
  return phases.flatMap(({ name, signals }) =>
    signals
      .filter(({ first, count }) => first + count > maxNumber)
      .map(
        ({ first, count }) =>
          `${scenario} needs ${first + count} signals in its phase ${name}, and ids that are numbers ({n} in the profile's request) hold ${maxNumber}: choose a smaller size, or use {id} or {uuid}`,
      ),
  );
}
