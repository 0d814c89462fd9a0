import { type DeclaredLimit, limitsOf } from '../../contract/profile/declared-limits.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import type { Run } from '../interpret/run.ts';
import { contradictionsOf } from './kind.ts';

/** The further limit that alone explains all that was admitted and refused, as if the first one were not there; null if none does. */
export function furtherAlone(run: Run, limiter: DeclaredLimiter): DeclaredLimit | null {
  const { profile } = run.manifest;
  const counts = run.scenarios.flatMap((scenario) => run.expectations.countsOf(scenario));
  const alone = limitsOf(limiter)
    .slice(1)
    .find((limit) => {
      // Counts of another scope are not those that the first limit has.
      if (limit.scope !== limiter.scope || limit.kind === 'concurrent') return false;
      const held = { ...limiter, ...limit, further: [] };
      const { excess, wrongful } = contradictionsOf(counts, profile, held);
      return excess.count + wrongful.count === 0;
    });
  return alone ?? null;
}
