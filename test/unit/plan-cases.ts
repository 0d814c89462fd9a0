import fc from 'fast-check';
import { stepAt, type Timetable } from '../../contract/plan/timetable.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';

// What the tests of plans share.

export const profile = builtInProfiles.embedded;

export const steps = (table: Timetable) => Array.from({ length: table.steps }, (_, n) => stepAt(table, n));

export function byWebhook<T extends { readonly webhook: number }>(items: readonly T[]): readonly (readonly T[])[] {
  return [...new Set(items.map(({ webhook }) => webhook))].map((one) => items.filter(({ webhook }) => webhook === one));
}

export const declared = (
  limit: number,
  window: number,
  ttl: number,
  scope: 'webhook' | 'client' = 'webhook',
): TargetProfile => ({
  ...profile,
  limiter: { kind: 'sliding', limit, windowMs: window, burst: null, scope, retryAfter: true },
  idempotency: {
    kind: 'ttl',
    ttlMs: ttl,
    order: 'before-limiter',
    fields: ['signal_id', 'ticker'],
    repeatRefreshes: false,
  },
});
export const anyProfile = fc
  .record({
    limit: fc.integer({ min: 1, max: 200 }),
    window: fc.integer({ min: 100, max: 60_000 }),
    ttl: fc.integer({ min: 50, max: 60_000 }),
  })
  .map(({ limit, window, ttl }) => declared(limit, window, ttl));
export const anyGiven = fc.integer({ min: 0, max: 60 });
