import type { DeclaredLimiter, LimiterKind } from '../../contract/profile/profile.ts';
import { modelOf } from '../interpret/kinds/models.ts';
import { clockLagUs, minShownUs } from '../interpret/tolerance.ts';
import type { Contradiction } from './contradictions.ts';
import { type IsolatedBurst, withoutEdge } from './isolated-bursts.ts';
import {
  type FixedWindowTrace,
  type OffsetRefutation,
  offsetsRefutedByAdmissions,
  offsetsRefutedByBursts,
} from './offsets.ts';
import { weightedRefutations } from './weighted-offsets.ts';

// Bounds over spans hold for edges anywhere. Where the edges of windows can lie says more: it finds N + 1.

/** A contradiction without its text: where it lies, and what is wrong. */
export interface EdgeContradiction extends Omit<Contradiction, 'text' | 'picture'> {
  readonly what: string;
}

/** What a limiter admitted too many of, and what it refused wrongly, whichever edges its windows have. */
export interface EdgeContradictions {
  readonly excess: readonly EdgeContradiction[];
  readonly wrongful: readonly EdgeContradiction[];
}

type Finder = (trace: FixedWindowTrace, bursts: readonly IsolatedBurst[]) => EdgeContradictions;

const onlyExcess = (excess: readonly EdgeContradiction[]): EdgeContradictions => ({ excess, wrongful: [] });

/** Bursts shorter than a window, with more than the limiter takes at once. */
function oversized(bursts: readonly IsolatedBurst[], limiter: DeclaredLimiter): readonly IsolatedBurst[] {
  return bursts.filter(
    ({ admitted, spanMs }) =>
      admitted > modelOf(limiter).atOnce(limiter) &&
      spanMs * 1000 < minShownUs(limiter.windowMs * 1000, clockLagUs(limiter)),
  );
}

/** After a window of quiet the first hit opens a window, so that a burst shorter than it has no edge inside. */
const ofFirstHit: Finder = ({ limiter, profile }, bursts) =>
  onlyExcess(
    withoutEdge(oversized(bursts, limiter), profile, limiter).map(({ admitted, fromUs, toUs, spanMs }) => ({
      fromUs,
      toUs,
      beyondOneStep: admitted > 2 * limiter.limit,
      what: `${admitted} admitted within ${spanMs.toFixed(0)} ms after a window of quiet, ${limiter.limit} are allowed`,
    })),
  );

const ofFixed: Finder = (trace) =>
  onlyExcess(
    offsetsRefutedByAdmissions(trace).map((stretch) => ({
      ...stretch,
      beyondOneStep: false,
      what: `wherever the edges of its windows lie, one of them had more than ${trace.limiter.limit} admitted`,
    })),
  );

const ofSegments: Finder = (trace, bursts) =>
  trace.limiter.segments === undefined ? onlyExcess([]) : ofFixed(trace, bursts);

const ofWeighted: Finder = (trace) => {
  const { excess, wrongful } = weightedRefutations(trace);
  const because = (stretches: readonly OffsetRefutation[], what: string): readonly EdgeContradiction[] =>
    stretches.map((stretch) => ({ ...stretch, beyondOneStep: false, what }));
  const both = 'wherever the edges of its windows lie, the window before by its share and the present one';
  return {
    excess: because(excess, `${both} came to more than ${trace.limiter.limit}`),
    wrongful: because(wrongful, `${both} came to less than ${trace.limiter.limit} at a refusal`),
  };
};

/** A burst of more than the bucket holds has one of its steps inside. */
const ofSteps: Finder = ({ limiter }, bursts) =>
  onlyExcess(
    offsetsRefutedByBursts(oversized(bursts, limiter), limiter).map((stretch) => ({
      ...stretch,
      beyondOneStep: false,
      what: `bursts had more than ${modelOf(limiter).atOnce(limiter)} admitted, and its steps cannot lie in all of them`,
    })),
  );

const finders: Readonly<Partial<Record<LimiterKind, Finder>>> = {
  'fixed-from-first-hit': ofFirstHit,
  fixed: ofFixed,
  sliding: ofSegments,
  weighted: ofWeighted,
  'stepped-bucket': ofSteps,
};

/** Whether it can have refused wrongly by where its edges lie. */
export const areRefusalsJudged = (kind: LimiterKind): boolean => kind === 'weighted';

export function edgeContradictions(trace: FixedWindowTrace, bursts: readonly IsolatedBurst[]): EdgeContradictions {
  return finders[trace.limiter.kind]?.(trace, bursts) ?? onlyExcess([]);
}
