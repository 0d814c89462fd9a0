import { pathsAsked } from '../../contract/plan/limits.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { decidedByUs } from '../interpret/quota-use.ts';
import { maxShownUs } from '../interpret/tolerance.ts';
import type { Ledger } from '../journal/ledger.ts';

/** Requests that belong together: between them and all others more than a window passed. */
export interface IsolatedBurst {
  readonly attempts: number;
  readonly admitted: number;
  /** Of these: sent before any refusal was answered. */
  readonly atOnce: number;
  /** Those that may have been admitted, though no answer says so. */
  readonly doubtful: number;
  readonly limited: number;
  /** First send and last end. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly spanMs: number;
  readonly phase: string;
  /** Nothing was sent under its count before it. */
  readonly isFirst: boolean;
  /** How many that got no answer before may have been counted within a window before it, or meanwhile. */
  readonly lateBefore: number;
}

/**
 * Bursts that surely hold no edge of a window that begins with the first request. A late request may have begun a window in the quiet before
 * a burst; each begins one, which reaches into one burst: of so many bursts nothing is known. What the monitor asks under the same
 * count begins windows at any time, and no ledger has it.
 * @param bursts of one count, in order of time.
 */
export function withoutEdge(
  bursts: readonly IsolatedBurst[],
  profile: TargetProfile,
  limiter: DeclaredLimiter,
): readonly IsolatedBurst[] {
  if (pathsAsked(profile, limiter) > 0) return [];
  let explained = 0;
  return bursts.filter(({ lateBefore }) => {
    const isExplained = lateBefore > explained;
    if (isExplained) explained += 1;
    return !isExplained;
  });
}

/**
 * Splits requests into isolated bursts. All that were admitted in such a burst were admitted within its span, and nothing
 * else can have been: over that span, the bounds of what can have been admitted and of what surely was are equal.
 * @param indices requests that share one count, in order of sending.
 * @param uses whether the limiter counted it.
 */
export function isolatedBursts(
  ledger: Ledger,
  indices: Uint32Array,
  windowMs: number,
  uses: (at: number) => 'yes' | 'maybe' | 'no',
): readonly IsolatedBurst[] {
  const found: IsolatedBurst[] = [];
  const lateUs: number[] = [];
  let first = 0;
  let toUs = Number.NEGATIVE_INFINITY;

  function close(after: number): void {
    const group = indices.subarray(first, after);
    const [head] = group;
    if (head === undefined) return;
    const fromUs = ledger.sendUs(head);
    const lateBefore = lateUs.filter((us) => fromUs - us <= maxShownUs(windowMs * 1000)).length;
    let [admitted, doubtful, limited] = [0, 0, 0];
    const refusedUs = firstRefusalUs(ledger, group);
    let atOnce = 0;
    for (const at of group) {
      const use = uses(at);
      if (use === 'yes') {
        admitted += 1;
        if (ledger.sendUs(at) <= refusedUs) atOnce += 1;
      } else if (ledger.outcomeOf(at) === 'limited') limited += 1;
      if (use !== 'maybe') continue;
      doubtful += 1;
      const byUs = decidedByUs(ledger, at);
      if (byUs > ledger.endUs(at)) lateUs.push(byUs);
    }
    found.push({
      attempts: group.length,
      ...{ admitted, atOnce, doubtful, limited },
      fromUs,
      toUs,
      spanMs: (toUs - fromUs) / 1000,
      phase: ledger.phaseOf(head),
      isFirst: first === 0,
      lateBefore,
    });
    first = after;
  }

  indices.forEach((at, n) => {
    if (ledger.sendUs(at) - toUs > maxShownUs(windowMs * 1000)) {
      close(n);
      toUs = Number.NEGATIVE_INFINITY;
    }
    toUs = Math.max(toUs, ledger.endUs(at));
  });
  close(indices.length);
  return found;
}

/** When the first refusal of them was answered; never if none was refused. */
function firstRefusalUs(ledger: Ledger, group: Uint32Array): number {
  return group.reduce(
    (first, at) => (ledger.outcomeOf(at) === 'limited' ? Math.min(first, ledger.endUs(at)) : first),
    Number.POSITIVE_INFINITY,
  );
}
