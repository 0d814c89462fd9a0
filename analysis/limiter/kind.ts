import type { DeclaredLimiter, LimiterKind, TargetProfile } from '../../contract/profile/profile.ts';
import type { Count } from '../interpret/expectations.ts';
import { conformanceOf } from './conformance.ts';
import { Contradictions } from './contradictions.ts';
import { offsetsRefutedByRefusals } from './offsets.ts';

export interface KindFit {
  readonly kind: LimiterKind;
  readonly burst: number | null;
  /** Why the trace refutes it; null if it fits. */
  readonly refutedBy: 'admitted too many' | 'throttled what it must admit' | null;
}

export type Counts = readonly Count[];

const windowKinds = ['sliding', 'fixed', 'fixed-from-first-hit'] as const;

/**
 * Which kinds of N per W a trace refutes and which fit it. Bucket kinds differ in their answers' delay alone, so one stands
 * for them: a bucket of N, and the largest smaller one that fits if that refuses too much.
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
  return [...windowKinds.map((kind) => kindFit(counts, profile, { ...declared, kind, burst: null })), smaller ?? full];
}

/** Whether a limiter of this kind and size fits. */
export function kindFit(counts: Counts, profile: TargetProfile, limiter: DeclaredLimiter): KindFit {
  const { kind, burst } = limiter;
  return { kind, burst, refutedBy: refutation(counts, profile, limiter) };
}

function refutation(counts: Counts, profile: TargetProfile, limiter: DeclaredLimiter): KindFit['refutedBy'] {
  const excess = new Contradictions();
  const wrongful = new Contradictions();
  const { limiter: declared } = profile;
  const isDeclared = declared.kind === limiter.kind && declared.burst === limiter.burst;
  for (const count of counts) {
    const { ledger, indices } = count;
    const expected = isDeclared ? count.expected() : undefined;
    const conformance = conformanceOf({ ledger, indices, profile, limiter, place: '', startedAtUs: 0, expected });
    excess.addAll(conformance.excess);
    wrongful.addAll(conformance.wrongful);
    if (limiter.kind !== 'fixed') continue;
    for (const { fromUs, toUs } of offsetsRefutedByRefusals({
      ledger,
      indices,
      profile: { ...profile, limiter },
      limiter,
    })) {
      wrongful.add({ fromUs, toUs, beyondOneStep: false, text: () => '' });
    }
  }
  if (excess.proven) return 'admitted too many';
  return wrongful.proven ? 'throttled what it must admit' : null;
}

export function describeFit({ kind, burst }: KindFit): string {
  return burst === null ? kind : `${kind} of ${burst}`;
}
