import { signalLimitOf } from '../../contract/plan/limits.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { decidedByUs, mayTakePlace, usesQuota } from '../interpret/quota-use.ts';
import { clockLagUs, toleranceUs } from '../interpret/tolerance.ts';
import type { Ledger } from '../journal/ledger.ts';
import { mapped } from '../statistics.ts';

/** Offsets of fixed windows are sought on a grid of this many positions within a window. */
const positions = 500;
/** A timer that resets counts is late by up to this a window, so edges move. */
const driftUs = 2_000;
/** A timer that moves a window on by a segment ticks late by up to this on a busy machine, and refuses until then. */
const lateTickUs = 50_000;
/** Over more windows than this the offsets are sought anew. */
const maxWindows = 10;
const maxRefutations = 20;

export interface OffsetRefutation {
  readonly fromUs: number;
  readonly toUs: number;
}

/** Requests that share one count, in order of sending, and the fixed window of N per W that they are held against. */
export interface FixedWindowTrace {
  readonly ledger: Ledger;
  readonly indices: Uint32Array;
  readonly profile: TargetProfile;
  readonly limiter: DeclaredLimiter;
  /** Another limit may have refused, so that a refusal says nothing. */
  readonly isOneOfSeveral?: boolean;
}

/** Edges lie so far apart: those of windows, or of the segments by which a window moves on. */
const betweenEdgesUs = ({ windowMs, segments = 1 }: DeclaredLimiter): number => (windowMs * 1000) / segments;

/** A stretch of time, and what it says of the window's edges: one lies inside, or none does. */
interface Constraint {
  readonly fromUs: number;
  readonly toUs: number;
  readonly edge: 'inside' | 'outside';
}

/** The offsets at which a window's edges can still lie. */
class OffsetGrid {
  readonly refuted: OffsetRefutation[] = [];
  private readonly possible = new Uint8Array(positions).fill(1);
  private left = positions;
  private readonly windowUs: number;
  private readonly lagUs: number;
  private sinceUs: number | null = null;

  constructor(windowUs: number, lagUs: number) {
    this.windowUs = windowUs;
    this.lagUs = lagUs;
  }

  get isFull(): boolean {
    return this.refuted.length >= maxRefutations;
  }

  /** Removes the offsets that contradict a constraint. If none remains, that is a refutation, and the search begins anew. */
  restrict(constraint: Constraint): void {
    const { fromUs, toUs } = constraint;
    if (this.sinceUs !== null && toUs - this.sinceUs > maxWindows * this.windowUs) this.reset();
    this.sinceUs ??= fromUs;
    if (this.remove(constraint, this.sinceUs) > 0) return;
    this.refuted.push({ fromUs: Math.min(this.sinceUs, fromUs), toUs });
    this.reset();
  }

  /** How many offsets remain. */
  private remove({ fromUs, toUs, edge }: Constraint, sinceUs: number): number {
    const isInside = edge === 'inside';
    const slackUs = toleranceUs + this.lagUs + (driftUs * Math.max(0, toUs - sinceUs)) / this.windowUs;
    const lowUs = isInside ? fromUs - slackUs : fromUs + slackUs;
    const highUs = isInside ? toUs + slackUs : toUs - slackUs;
    const binUs = this.windowUs / positions;
    const low = isInside ? Math.floor(lowUs / binUs) : Math.ceil(lowUs / binUs);
    const high = isInside ? Math.ceil(highUs / binUs) : Math.floor(highUs / binUs);
    // Of an edge in a bin only the bin is known, so a stretch without an edge must cover the bin whole.
    if (isInside && high - low >= positions) return positions;
    if (!isInside && high <= low) return positions;
    const inside = Math.max(0, Math.min(positions, isInside ? high - low + 1 : high - low));
    if (isInside) this.clear(low + inside, positions - inside);
    else this.clear(low, inside);
    return this.left;
  }

  /** From a bin on, which may lie in any window. */
  private clear(from: number, count: number): void {
    const first = ((from % positions) + positions) % positions;
    for (let n = 0; n < count; n += 1) {
      const bin = first + n < positions ? first + n : first + n - positions;
      this.left -= this.possible[bin] ?? 0;
      this.possible[bin] = 0;
    }
  }

  private reset(): void {
    this.possible.fill(1);
    this.left = positions;
    this.sinceUs = null;
  }
}

/**
 * Stretches of time, apart from each other, of which each by itself leaves no offset for the edges of a fixed window of N per
 * W; max 20. Sharper than the bound over spans, which holds for edges anywhere: this finds N + 1.
 */
export function offsetsRefutedByAdmissions(trace: FixedWindowTrace): readonly OffsetRefutation[] {
  const { limiter } = trace;
  return refutedBy(byAdmissions(trace), new OffsetGrid(betweenEdgesUs(limiter), clockLagUs(limiter)));
}

/** The same by refusals. */
export function offsetsRefutedByRefusals(trace: FixedWindowTrace): readonly OffsetRefutation[] {
  const { limiter } = trace;
  return refutedBy(byRefusals(trace), new OffsetGrid(betweenEdgesUs(limiter), clockLagUs(limiter)));
}

/** The same by the admissions and refusals of all counts, whose windows have their edges at the same instants. */
export function offsetsRefutedTogether(
  traces: readonly FixedWindowTrace[],
  limiter: DeclaredLimiter,
): readonly OffsetRefutation[] {
  const constraints = traces.flatMap((trace) => [...byAdmissions(trace), ...byRefusals(trace)]);
  constraints.sort((a, b) => a.toUs - b.toUs);
  return refutedBy(constraints, new OffsetGrid(limiter.windowMs * 1000, clockLagUs(limiter)));
}

function refutedBy(constraints: Iterable<Constraint>, grid: OffsetGrid): readonly OffsetRefutation[] {
  for (const constraint of constraints) {
    grid.restrict(constraint);
    if (grid.isFull) break;
  }
  return grid.refuted;
}

/**
 * N + 1 requests surely admitted within less than W have an edge among them. If the window moves on by n segments, the first of them left
 * it a segment early, at most: an edge comes within what is missing to n − 1 segments.
 */
function* byAdmissions({ ledger, indices, profile, limiter }: FixedWindowTrace): Generator<Constraint> {
  const windowUs = limiter.windowMs * 1000;
  const keptUs = windowUs - betweenEdgesUs(limiter);
  const sure = indices.filter((at) => usesQuota(ledger, at, profile) === 'yes');
  for (let n = limiter.limit; n < sure.length; n += 1) {
    const fromUs = ledger.sendUs(sure[n - limiter.limit] ?? 0);
    if (ledger.sendUs(sure[n] ?? 0) - fromUs >= windowUs) continue;
    let toUs = 0;
    for (let other = n - limiter.limit; other <= n; other += 1) toUs = Math.max(toUs, ledger.endUs(sure[other] ?? 0));
    if (toUs - fromUs >= windowUs - 2 * toleranceUs - clockLagUs(limiter)) continue;
    yield { fromUs, toUs: Math.max(fromUs, toUs - keptUs), edge: 'inside' };
  }
}

/**
 * A refusal has an edge after the earliest request that can have been its window's first, or else its window was not full. So no edge lies
 * between the N-th last request that can have been counted and the refused one. Where the window moves on by segments, none lies
 * later than n − 1 segments after that N-th last. The monitor's own requests, which no ledger has, may have used a part of N.
 */
function* byRefusals({ ledger, indices, profile, limiter }: FixedWindowTrace): Generator<Constraint> {
  const betweenUs = betweenEdgesUs(limiter);
  const keptUs = limiter.windowMs * 1000 - betweenUs;
  const lateUs = keptUs > 0 ? Math.min(lateTickUs, betweenUs / 4) : 0;
  const counted = indices.filter((at) => mayTakePlace(ledger, at, profile));
  const left = signalLimitOf(limiter, profile);
  if (left < 1) return;
  const ends = mapped(counted, (at) => decidedByUs(ledger, at)).sort();
  let begun = 0;
  for (const at of indices) {
    if (ledger.outcomeOf(at) !== 'limited') continue;
    while (begun < counted.length && ledger.sendUs(counted[begun] ?? 0) < ledger.endUs(at) + toleranceUs) begun += 1;
    // Fewer than are left of N, of those begun by now, ended later than this: an edge between it and the refusal leaves too few.
    const earlyUs = ends[begun - left] ?? Number.NEGATIVE_INFINITY;
    const toUs = ledger.sendUs(at) - lateUs;
    const fromUs = Math.max(earlyUs + keptUs, toUs - 2 * betweenUs);
    if (toUs > fromUs) yield { fromUs, toUs, edge: 'outside' };
  }
}

/**
 * Bursts that each have an edge inside, held against each other: stretches that leave no offset.
 * @param bursts in order of time.
 */
export function offsetsRefutedByBursts(
  bursts: readonly { readonly fromUs: number; readonly toUs: number }[],
  limiter: DeclaredLimiter,
): readonly OffsetRefutation[] {
  const grid = new OffsetGrid(limiter.windowMs * 1000, clockLagUs(limiter));
  for (const { fromUs, toUs } of bursts) {
    if (!grid.isFull) grid.restrict({ fromUs, toUs, edge: 'inside' });
  }
  return grid.refuted;
}
