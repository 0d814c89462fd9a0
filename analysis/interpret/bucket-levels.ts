import { pathsAsked } from '../../contract/plan/limits.ts';
import type { DeclaredLimit } from '../../contract/profile/declared-limits.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Ledger } from '../journal/ledger.ts';
import { mapped } from '../statistics.ts';
import { BucketMaximum, type BucketMinimum, polledMinimum } from './bucket.ts';
import { modelOf } from './kinds/models.ts';
import { fastestRefill, slowestRefill } from './kinds/token-bucket.ts';
import { decidedByUs, mayTakePlace, usesQuota } from './quota-use.ts';

/** The minimum level of the count's bucket; null where the limiter is judged by windows alone, and 'unknown' if others may empty it. */
export function minLevelOf(
  profile: TargetProfile,
  limit: DeclaredLimit,
  ledger: Ledger,
  indices: Uint32Array,
): BucketMinimum | 'unknown' | null {
  const { isBucket, atOnce } = modelOf(limit);
  const hasSmallBurst = limit.kind === 'unknown' && (limit.burst ?? limit.limit) < limit.limit;
  // One that is refilled in steps holds what an even one does, but for a step.
  if (!isBucket && !hasSmallBurst && limit.kind !== 'stepped-bucket') return null;
  // The monitor asks each path once a second, and no ledger has it.
  const asked = pathsAsked(profile, limit);
  const size = hasSmallBurst ? (limit.burst ?? 0) : atOnce(limit);
  const counted = indices.filter((at) => mayTakePlace(ledger, at, profile));
  const ends = mapped(counted, (at) => decidedByUs(ledger, at)).sort();
  return polledMinimum(ends, size, slowestRefill(limit), asked) ?? 'unknown';
}

/** The maximum level of the count's bucket. */
export function maxLevelOf(
  profile: TargetProfile,
  limit: DeclaredLimit,
  ledger: Ledger,
  indices: Uint32Array,
): BucketMaximum {
  const sure = indices.filter((at) => usesQuota(ledger, at, profile) === 'yes');
  sure.sort((a, b) => ledger.endUs(a) - ledger.endUs(b));
  const sends = mapped(sure, (at) => ledger.sendUs(at));
  const ends = mapped(sure, (at) => ledger.endUs(at));
  return new BucketMaximum({ sends, ends }, modelOf(limit).atOnce(limit), fastestRefill(limit));
}
