import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import type { Count } from '../interpret/expectations.ts';
import type { Run } from '../interpret/run.ts';
import { type Conformance, conformanceOf } from './conformance.ts';

/** A count belongs to one run, so what was worked out for it stays right. */
const known = new WeakMap<Count, Conformance>();

/** How one count fared against the limiter that the profile declares; worked out once. */
export function declaredConformance(
  { manifest: { profile, startedAtUs } }: Pick<Run, 'manifest'>,
  count: Count,
  limiter: DeclaredLimiter,
): Conformance {
  const before = known.get(count);
  if (before !== undefined) return before;
  const { ledger, indices, place, expected } = count;
  const found = conformanceOf({ ledger, indices, profile, limiter, place, startedAtUs, expected: expected() });
  known.set(count, found);
  return found;
}
