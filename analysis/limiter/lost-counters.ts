import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import type { Count } from '../interpret/expectations.ts';
import { expectedOfRefused, mustBeAdmitted } from '../interpret/expected-outcome.ts';
import type { Run } from '../interpret/run.ts';
import { doublesFrom } from './bounds.ts';
import { HeldAgainst } from './conformance.ts';
import { declaredConformance } from './declared-conformance.ts';
import type { Seen } from './seen.ts';

/** All that a limiter had counted was lost at one instant: its store was flushed, or began anew. */
export interface LostCounters {
  readonly atUs: number;
  /** A race hardly explains the excess. */
  readonly isSure: boolean;
}

/** So many bursts were cut rightly: of fewer nobody knows how the limiter is when nothing is lost. */
const minKept = 3;
const maxInstants = 60;

/**
 * When the counters were lost, if that explains all that was admitted beyond the limit: each excess lies around one instant, what came before
 * it and what came after it conforms by itself, and nothing was refused after it that a limiter must admit which has counted nothing. Null if
 * nothing explains it so, or something else is wrong as well.
 */
export function lostCounters(run: Run, limiter: DeclaredLimiter, seen: Seen): LostCounters | null {
  const { excess, furtherExcess, inPenalty, wrongful } = seen;
  const { around } = excess;
  if (around === null || furtherExcess.count + inPenalty + wrongful.count > 0 || seen.decisive < minKept) return null;
  const counts = run.scenarios.flatMap((scenario) => run.expectations.countsOf(scenario));
  const over = counts.filter((count) => declaredConformance(run, count, limiter).excess.count > 0);
  const conforms = (isOfPart: (count: Count, at: number) => boolean): boolean =>
    over.every((count) => {
      const indices = count.indices.filter((at) => isOfPart(count, at));
      return partConforms(run, { ...count, indices }, limiter);
    });
  const ends = endsWithin(counts, around);
  // A longer part holds all that a shorter one does.
  const beforeIsWrong = firstOf(ends, (us) => !conforms(({ ledger }, at) => ledger.endUs(at) <= us));
  const afterIsRight = firstOf(ends, (us) => conforms(({ ledger }, at) => ledger.sendUs(at) >= us));
  const atUs = someOf(ends.subarray(afterIsRight, beforeIsWrong)).find((us) =>
    counts.every((count) => isNewAt(run.manifest.profile, count, us)),
  );
  if (atUs === undefined) return null;
  // What a race lets in between two round-trips is little, and on one webhook.
  return { atUs, isSure: over.length > 1 || seen.maxWithinWindow >= doublesFrom * limiter.limit };
}

export function partConforms(
  { manifest: { profile, startedAtUs } }: Pick<Run, 'manifest'>,
  { ledger, indices, place }: Count,
  limiter: DeclaredLimiter,
): boolean {
  return new HeldAgainst({ ledger, indices, profile, limiter, place, startedAtUs }).admitted().excess.count === 0;
}

/** Ends of requests around which all of the excess lies: between two of them one instant is as good as another. */
function endsWithin(
  counts: readonly Count[],
  { fromUs, toUs }: { readonly fromUs: number; readonly toUs: number },
): Float64Array {
  const ends = counts.flatMap(({ ledger, indices }) => Array.from(indices, (at) => ledger.endUs(at)));
  return Float64Array.from(ends.filter((us) => us >= fromUs && us <= toUs)).sort();
}

/** The first position from which on it holds; the length if it never does. */
export function firstOf(all: Float64Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(all[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The last ones first, for the excess begins soon after the loss; then some of all. */
function someOf(instants: Float64Array): readonly number[] {
  const reversed = Array.from(instants).reverse();
  const step = Math.max(1, reversed.length / maxInstants);
  return [...reversed.slice(0, maxInstants), ...reversed.filter((_, n) => n % step < 1)];
}

/** Whether a limiter that had counted nothing at the instant may have refused what was refused after it. */
export function isNewAt(profile: TargetProfile, { ledger, indices }: Count, atUs: number): boolean {
  // What was under way then may have been counted.
  const after = indices.filter((at) => ledger.endUs(at) > atUs);
  if (after.length === 0 || after.length === indices.length) return true;
  const expected = expectedOfRefused(profile, ledger, after);
  return after.every(
    (at, n) => ledger.outcomeOf(at) !== 'limited' || ledger.sendUs(at) < atUs || !mustBeAdmitted(expected[n] ?? 0),
  );
}
