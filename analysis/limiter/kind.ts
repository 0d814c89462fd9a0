import { hasOneLimit } from '../../contract/profile/declared-limits.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { duration } from '../../contract/report/figures.ts';
import type { Count } from '../interpret/expectations.ts';
import { HeldAgainst } from './conformance.ts';
import { Contradictions } from './contradictions.ts';
import { furtherExcesses } from './further-limits.ts';
import { offsetsRefutedByRefusals } from './offsets.ts';

export interface KindFit {
  readonly limiter: DeclaredLimiter;
  /** Why the trace refutes it; null if it fits. */
  readonly refutedBy: 'admitted too many' | 'throttled what it must admit' | null;
}

export type Counts = readonly Count[];

const windowKinds = ['sliding', 'fixed', 'fixed-from-first-hit', 'weighted'] as const;
/** Segments by which sliding windows move on, finest first: of more than these nobody sees the edges. */
export const segmentsAWindow: readonly number[] = [10, 8, 6, 5, 4, 3, 2];
/** Steps in which buckets are refilled, as parts of the window. */
const stepsAWindow = [2, 4, 5, 10];

/**
 * Which kinds of N per W a trace refutes and which fit it. Bucket kinds differ in their answers' delay alone, so one stands
 * for them: a bucket of N, and the largest smaller one that fits if that refuses too much. Of those refilled in steps, one stands
 * for those that fit.
 */
export function kindFits(counts: Counts, profile: TargetProfile, declared: DeclaredLimiter): readonly KindFit[] {
  const bucket = (burst: number): KindFit => kindFit(counts, profile, { ...declared, kind: 'token-bucket', burst });
  const full = bucket(declared.limit);
  const smaller =
    full.refutedBy === 'throttled what it must admit'
      ? Array.from({ length: Math.min(declared.limit - 1, 20) }, (_, n) => declared.limit - 1 - n)
          .map(bucket)
          .find(({ refutedBy }) => refutedBy === null)
      : undefined;
  return [
    ...windowKinds.map((kind) => kindFit(counts, profile, { ...declared, kind, burst: null })),
    ...segmentedFit(counts, profile, declared),
    smaller ?? full,
    ...steppedFit(counts, profile, declared),
  ];
}

/** The finest that fits. */
function segmentedFit(counts: Counts, profile: TargetProfile, declared: DeclaredLimiter): readonly KindFit[] {
  for (const segments of segmentsAWindow) {
    const fit = kindFit(counts, profile, { ...declared, kind: 'sliding', burst: null, segments });
    if (fit.refutedBy === null) return [fit];
  }
  return [];
}

function steppedFit(counts: Counts, profile: TargetProfile, declared: DeclaredLimiter): readonly KindFit[] {
  const { limit, windowMs } = declared;
  let refuted: KindFit | undefined;
  for (const steps of stepsAWindow.filter((steps) => limit % steps === 0)) {
    const fit = kindFit(counts, profile, {
      ...declared,
      kind: 'stepped-bucket',
      limit: limit / steps,
      windowMs: windowMs / steps,
      burst: limit,
    });
    if (fit.refutedBy === null) return [fit];
    refuted ??= fit;
  }
  return refuted === undefined ? [] : [refuted];
}

/**
 * Whether a limiter of this kind and size fits.
 * @param isEven the server's clock is known not to have stepped, so that one contradiction refutes.
 */
export function kindFit(counts: Counts, profile: TargetProfile, limiter: DeclaredLimiter, isEven = false): KindFit {
  const isRefuted = (found: Contradictions): boolean => (isEven ? found.count > 0 : found.proven);
  const isEnough = ({ excess }: BothContradictions): boolean => isRefuted(excess);
  const { excess, wrongful } = contradictionsOf(counts, profile, limiter, { isEnough });
  const refutedBy = isRefuted(excess)
    ? 'admitted too many'
    : isRefuted(wrongful)
      ? 'throttled what it must admit'
      : null;
  return { limiter, refutedBy };
}

export interface BothContradictions {
  readonly excess: Contradictions;
  readonly wrongful: Contradictions;
}

interface Asked {
  /** Whether the rest would change nothing any more: then it is left out. */
  readonly isEnough?: (found: BothContradictions) => boolean;
  /** What is not asked about is left out. */
  readonly about?: 'both' | 'excess' | 'wrongful';
}

/** All that a limiter of this kind and size cannot have done. */
export function contradictionsOf(
  counts: Counts,
  profile: TargetProfile,
  limiter: DeclaredLimiter,
  { isEnough = () => false, about = 'both' }: Asked = {},
): BothContradictions {
  const found = { excess: new Contradictions(), wrongful: new Contradictions() };
  const { excess, wrongful } = found;
  const isDeclared = profile.limiter === limiter;
  const assumed: TargetProfile = { ...profile, limiter };
  for (const count of counts) {
    const { ledger, indices } = count;
    const expected = isDeclared && about !== 'excess' ? count.expected() : undefined;
    const held = new HeldAgainst({ ledger, indices, profile, limiter, place: '', startedAtUs: 0, expected });
    if (about !== 'wrongful') excess.addAll(held.admitted().excess);
    if (isEnough(found)) return found;
    if (about === 'excess') continue;
    wrongful.addAll(held.refused().wrongful);
    const trace = { ledger, indices, profile: assumed, limiter };
    const hasEdges = limiter.kind === 'fixed' || limiter.segments !== undefined;
    const refuted = hasOneLimit(limiter) && hasEdges ? offsetsRefutedByRefusals(trace) : [];
    for (const { fromUs, toUs } of refuted) {
      wrongful.add({ fromUs, toUs, beyondOneStep: false, text: () => '' });
    }
    if (isEnough(found)) return found;
  }
  if (about === 'wrongful') return found;
  for (const ledger of new Set(counts.map((count) => count.ledger))) {
    excess.addAll(furtherExcesses({ ledger, profile: assumed, limiter, name: '', startedAtUs: 0 }));
  }
  return found;
}

export function describeFit({ limiter: { kind, burst, limit, windowMs, segments } }: KindFit): string {
  if (kind === 'stepped-bucket') return `${kind} of ${burst}, ${limit} each ${duration(windowMs)}`;
  if (segments !== undefined) return `${kind} in ${segments} segments`;
  return burst === null ? kind : `${kind} of ${burst}`;
}
