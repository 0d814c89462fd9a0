import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import type { Count } from '../interpret/expectations.ts';
import { usesQuota } from '../interpret/quota-use.ts';
import type { Run } from '../interpret/run.ts';
import { declaredConformance } from './declared-conformance.ts';
import { fasterPaceIn } from './faster-pace.ts';
import { type BothContradictions, contradictionsOf } from './kind.ts';
import { firstOf, isNewAt, partConforms } from './lost-counters.ts';

/** How the excess of a run came. A new stretch begins where what was admitted since the last one began cannot have been admitted. */
export interface Surplus {
  readonly stretches: number;
  /** Of these: too many even of what was sent one after another, each after the answers to those before it. No race explains that. */
  readonly sequential: number;
  /** Of these: explained by the loss of all that was counted, which then counts anew. */
  readonly lost: number;
  /** Counts that lost something. */
  readonly counts: number;
  /** It refuses what a limit of one more must admit: a larger limit does not explain the excess. */
  readonly refusesAtLimit: boolean;
  /** The shorter window that explains all that was seen; null if none does, or it was not looked for. */
  readonly shorterMs: number | null;
}

export const noSurplus: Surplus = {
  stretches: 0,
  sequential: 0,
  lost: 0,
  counts: 0,
  refusesAtLimit: false,
  shorterMs: null,
};

/** What was answered so long before was counted, also where the count is written after the answer. */
const countedAfterUs = 10_000;
const maxStretches = 100;
const maxInstants = 40;

/** The excess of a run, stretch by stretch; none if nothing was too much. */
export function surplusIn(run: Run, limiter: DeclaredLimiter): Surplus {
  const sum = { stretches: 0, sequential: 0, lost: 0, counts: 0 };
  const counts = run.scenarios.flatMap((scenario) => run.expectations.countsOf(scenario));
  for (const count of counts) {
    if (declaredConformance(run, count, limiter).excess.count === 0) continue;
    const found = new CountSurplus(run, limiter, count).look();
    sum.stretches += found.stretches;
    sum.sequential += found.sequential;
    sum.lost += found.lost;
    if (found.lost > 0) sum.counts += 1;
  }
  return {
    ...sum,
    refusesAtLimit: sum.lost > 0 && refusesAtLimit(counts, run, limiter),
    shorterMs: sum.sequential > 0 ? fasterPaceIn(counts, run, limiter) : null,
  };
}

/** Fewer may be slow answers. */
const minRefused = 3;

function refusesAtLimit(counts: readonly Count[], { manifest }: Run, limiter: DeclaredLimiter): boolean {
  const { limit, burst } = limiter;
  // Of a bucket the pace stays.
  const oneMore = burst === null ? { ...limiter, limit: limit + 1 } : { ...limiter, burst: burst + 1 };
  const isEnough = ({ wrongful }: BothContradictions): boolean => wrongful.count >= minRefused;
  return isEnough(contradictionsOf(counts, manifest.profile, oneMore, { isEnough, about: 'wrongful' }));
}

class CountSurplus {
  private readonly run: Run;
  private readonly limiter: DeclaredLimiter;
  private readonly count: Count;
  private readonly ends: Float64Array;
  private readonly admitted: Uint32Array;

  constructor(run: Run, limiter: DeclaredLimiter, count: Count) {
    this.run = run;
    this.limiter = limiter;
    this.count = count;
    const { ledger, indices } = count;
    this.admitted = indices.filter((at) => usesQuota(ledger, at, run.manifest.profile) === 'yes');
    this.ends = Float64Array.from(this.admitted, (at) => ledger.endUs(at)).sort();
  }

  look() {
    const found = { stretches: 0, sequential: 0, lost: 0 };
    let sinceUs = Number.NEGATIVE_INFINITY;
    while (found.stretches < maxStretches) {
      const ends = this.ends.filter((us) => us > sinceUs);
      // A longer part holds all that a shorter one does.
      const breaks = ends[firstOf(ends, (us) => !this.conforms(sinceUs, us))];
      if (breaks === undefined) break;
      found.stretches += 1;
      if (this.isSequential(sinceUs, breaks)) found.sequential += 1;
      const lostUs = this.lossWithin(sinceUs, breaks);
      if (lostUs !== null) found.lost += 1;
      sinceUs = lostUs ?? breaks;
    }
    return found;
  }

  private conforms(fromUs: number, untilUs: number): boolean {
    const { ledger, indices } = this.count;
    return this.holds(indices.filter((at) => ledger.sendUs(at) >= fromUs && ledger.endUs(at) <= untilUs));
  }

  private holds(indices: Uint32Array): boolean {
    return partConforms(this.run, { ...this.count, indices }, this.limiter);
  }

  /** Whether what was answered last is too much beside those alone that were answered before it was sent. */
  private isSequential(fromUs: number, lastUs: number): boolean {
    const { ledger } = this.count;
    const last = this.admitted.find((at) => ledger.endUs(at) === lastUs);
    if (last === undefined) return false;
    const byUs = ledger.sendUs(last) - countedAfterUs;
    return !this.holds(
      this.admitted.filter((at) => at === last || (ledger.sendUs(at) >= fromUs && ledger.endUs(at) <= byUs)),
    );
  }

  /** The last instant at which all that was counted may have been lost: what was refused after it is right for who counts anew. */
  private lossWithin(sinceUs: number, breaksUs: number): number | null {
    const { ledger } = this.count;
    const sends = Array.from(this.admitted, (at) => ledger.sendUs(at)).filter((us) => us > sinceUs && us < breaksUs);
    const { profile } = this.run.manifest;
    const step = Math.max(1, sends.length / maxInstants);
    const latest = sends.sort((a, b) => b - a).filter((_, n) => n % step < 1);
    return latest.find((us) => this.conforms(sinceUs, us) && isNewAt(profile, this.count, us)) ?? null;
  }
}
