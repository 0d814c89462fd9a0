import type { DeclaredLimiter } from './profile.ts';

/** One limit of several that hold at the same time. */
export type DeclaredLimit = Readonly<
  Pick<DeclaredLimiter, 'kind' | 'limit' | 'windowMs' | 'burst' | 'segments' | 'scope' | 'clockTickMs'>
>;

interface SeveralLimits extends DeclaredLimit {
  readonly further?: readonly DeclaredLimit[] | undefined;
}

/** All limits that a profile declares, the one with the shortest window first. */
export function limitsOf(limiter: SeveralLimits): readonly [DeclaredLimit, ...DeclaredLimit[]] {
  const { clockTickMs, further = [] } = limiter;
  // All of them read one clock.
  return [limiter, ...(clockTickMs === undefined ? further : further.map((limit) => ({ ...limit, clockTickMs })))];
}

/** Whether a limiter refuses by one limit alone, so that a refusal says something of that. */
export function hasOneLimit({ further = [], penaltyMs }: Pick<DeclaredLimiter, 'further' | 'penaltyMs'>): boolean {
  return further.length === 0 && penaltyMs === undefined;
}

/** The smallest of a figure over limits; infinite over none. */
export function smallest(limits: readonly DeclaredLimit[], of: (limit: DeclaredLimit) => number): number {
  return limits.reduce((min, limit) => Math.min(min, of(limit)), Number.POSITIVE_INFINITY);
}

/** The largest of a figure over limits; 0 over none. */
export function largest(limits: readonly DeclaredLimit[], of: (limit: DeclaredLimit) => number): number {
  return limits.reduce((max, limit) => Math.max(max, of(limit)), 0);
}
