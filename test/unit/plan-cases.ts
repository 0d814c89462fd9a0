import fc from 'fast-check';
import type { Plan, PlannedPhase, Schedule, ScheduleKind } from '../../contract/plan/plan.ts';
import type { Role } from '../../contract/plan/roles.ts';
import { type Sizes, sizesFromSettings } from '../../contract/plan/sizes.ts';
import { limiterKinds } from '../../contract/profile/limiter-kinds.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';

// What the tests of plans share.

export const profile = builtInProfiles.embedded;

export const sizesWith = (settings: Readonly<Record<string, string>> = {}): Sizes => sizesFromSettings(settings).sizes;

export function byWebhook<T extends { readonly webhook: number }>(items: readonly T[]): readonly (readonly T[])[] {
  return [...new Set(items.map(({ webhook }) => webhook))].map((one) => items.filter(({ webhook }) => webhook === one));
}

export function phaseOf(plan: Pick<Plan, 'phases'>, role: Role): PlannedPhase {
  const phase = plan.phases.find((one) => one.role === role);
  if (phase === undefined) throw new Error(`the plan has no phase for ${role}`);
  return phase;
}

export function scheduleOf<K extends ScheduleKind>(
  plan: Pick<Plan, 'phases'>,
  role: Role,
  kind: K,
): Extract<Schedule, { kind: K }> {
  const { schedule } = phaseOf(plan, role);
  if (schedule.kind !== kind) throw new Error(`${role} is scheduled as ${schedule.kind}`);
  return schedule as Extract<Schedule, { kind: K }>;
}

export const limitedBy = (limiter: Partial<DeclaredLimiter>, ttl = 1000): TargetProfile => ({
  ...profile,
  limiter: {
    kind: 'sliding',
    limit: 10,
    windowMs: 1000,
    burst: null,
    scope: 'webhook',
    retryAfter: true,
    rateLimitHeaders: false,
    ...limiter,
  },
  idempotency: {
    kind: 'ttl',
    ttlMs: ttl,
    order: 'before-limiter',
    fields: ['signal_id', 'ticker'],
    repeatRefreshes: false,
  },
});

export const withSecondTenant = (target: TargetProfile): TargetProfile => ({
  ...target,
  provisioning: { ...target.provisioning, secondTenant: true },
});

export const anyLimiter = fc.record({
  kind: fc.constantFrom(...limiterKinds),
  limit: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 300 })),
  windowMs: fc.oneof(fc.constantFrom(1000, 10_000, 60_000, 180_000), fc.integer({ min: 100, max: 60_000 })),
  burst: fc.constantFrom(null, 1, 2, 5, 50),
  scope: fc.constantFrom('webhook' as const, 'client' as const, 'global' as const),
});

export const anyProfile = fc
  .record({ limiter: anyLimiter, ttl: fc.integer({ min: 50, max: 60_000 }), hasTwoTenants: fc.boolean() })
  .map(({ limiter, ttl, hasTwoTenants }) =>
    hasTwoTenants ? withSecondTenant(limitedBy(limiter, ttl)) : limitedBy(limiter, ttl),
  );
export const anyGiven = fc.integer({ min: 0, max: 60 });
