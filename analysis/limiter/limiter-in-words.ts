import { limitsOf } from '../../contract/profile/declared-limits.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { duration } from '../../contract/report/figures.ts';

/** What is declared, in words. */
export function describeLimiter(limiter: DeclaredLimiter): string {
  const limits = limitsOf(limiter).map(({ kind, limit, windowMs }) => {
    const name = kind === 'unknown' ? 'undeclared kind' : kind;
    return kind === 'concurrent' ? `${limit} at once` : `${name} of ${limit} per ${duration(windowMs)}`;
  });
  const penalty = limiter.penaltyMs === undefined ? '' : `, penalty time of ${duration(limiter.penaltyMs)}`;
  return `${limits.join(' and ')}${penalty}`;
}
