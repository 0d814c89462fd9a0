import type { DeclaredLimiter, LimiterKind } from '../../contract/profile/profile.ts';
import { modelOf } from '../interpret/kinds/models.ts';
import { minShownUs } from '../interpret/tolerance.ts';
import type { Contradiction } from './contradictions.ts';
import type { IsolatedBurst } from './isolated-bursts.ts';
import { type FixedWindowTrace, offsetsRefutedByAdmissions, offsetsRefutedByBursts } from './offsets.ts';
import { weightedRefutations } from './weighted-offsets.ts';

// Bounds over spans hold for edges anywhere. Where the edges of windows can lie says more: it finds N + 1.

/** An excess without its text: where it lies, and what is wrong. */
export interface EdgeExcess extends Omit<Contradiction, 'text'> {
  readonly what: string;
}

type Finder = (trace: FixedWindowTrace, bursts: readonly IsolatedBurst[]) => readonly EdgeExcess[];

/** Bursts shorter than a window, with more than the limiter takes at once. */
function oversized(bursts: readonly IsolatedBurst[], limiter: DeclaredLimiter): readonly IsolatedBurst[] {
  return bursts.filter(
    ({ admitted, spanMs }) =>
      admitted > modelOf(limiter).atOnce(limiter) && spanMs * 1000 < minShownUs(limiter.windowMs * 1000),
  );
}

/** After a window of quiet the first hit opens a window, so that a burst shorter than it has no edge inside. */
const ofFirstHit: Finder = ({ limiter }, bursts) =>
  oversized(bursts, limiter).map(({ admitted, fromUs, toUs, spanMs }) => ({
    fromUs,
    toUs,
    beyondOneStep: admitted > 2 * limiter.limit,
    what: `${admitted} admitted within ${spanMs.toFixed(0)} ms after a window of quiet, ${limiter.limit} are allowed`,
  }));

const ofFixed: Finder = (trace) =>
  offsetsRefutedByAdmissions(trace).map((stretch) => ({
    ...stretch,
    beyondOneStep: false,
    what: `wherever the edges of its windows lie, one of them had more than ${trace.limiter.limit} admitted`,
  }));

const ofWeighted: Finder = (trace) =>
  weightedRefutations(trace).excess.map((stretch) => ({
    ...stretch,
    beyondOneStep: false,
    what: `wherever the edges of its windows lie, the window before by its share and the present one came to more than ${trace.limiter.limit}`,
  }));

/** A burst of more than the bucket holds has one of its steps inside. */
const ofSteps: Finder = ({ limiter }, bursts) =>
  offsetsRefutedByBursts(oversized(bursts, limiter), limiter.windowMs).map((stretch) => ({
    ...stretch,
    beyondOneStep: false,
    what: `bursts had more than ${modelOf(limiter).atOnce(limiter)} admitted, and its steps cannot lie in all of them`,
  }));

const finders: Readonly<Partial<Record<LimiterKind, Finder>>> = {
  'fixed-from-first-hit': ofFirstHit,
  fixed: ofFixed,
  weighted: ofWeighted,
  'stepped-bucket': ofSteps,
};

/** What a limiter admitted too many of, whichever edges its windows have. */
export function edgeExcesses(trace: FixedWindowTrace, bursts: readonly IsolatedBurst[]): readonly EdgeExcess[] {
  return finders[trace.limiter.kind]?.(trace, bursts) ?? [];
}
