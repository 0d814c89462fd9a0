import type { DeclaredLimit } from '../../contract/profile/declared-limits.ts';
import { lazy } from '../../contract/profile/lazy.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import type { Run } from '../interpret/run.ts';
import { servingProcesses } from '../processes/serving.ts';
import { type CountAnew, countAnewIn } from './count-anew.ts';
import { mayBeFixedWindows } from './fixed-windows.ts';
import { furtherAlone } from './further-alone.ts';
import type { LostCounters } from './lost-counters.ts';
import type { Seen } from './seen.ts';
import { noSurplus, type Surplus, surplusIn } from './vanished-counters.ts';

/** What tells causes of an excess apart. */
export interface ExcessClues {
  /** How many served at once; null if that is not known, or not asked. */
  readonly servingProcesses: number | null;
  /** All that was too much came after a time of refusals. */
  readonly anew: CountAnew | null;
  /** How it came: one after another, or at one instant. Worked out when it is asked for. */
  readonly surplus: () => Surplus;
  /** A further limit alone explains all of it. */
  readonly furtherAlone: DeclaredLimit | null;
  /** Fixed windows may have done it all, by where their edges lie and by what was refused. Worked out when it is asked for. */
  readonly mayBeFixedWindows: () => boolean;
}

const noClues: ExcessClues = {
  servingProcesses: null,
  anew: null,
  surplus: () => noSurplus,
  furtherAlone: null,
  mayBeFixedWindows: () => true,
};

export function excessCluesOf(
  run: Run,
  limiter: DeclaredLimiter,
  { excess }: Seen,
  lost: LostCounters | null,
): ExcessClues {
  if (excess.count === 0) return noClues;
  return {
    servingProcesses: servingProcesses(run),
    anew: lost === null ? countAnewIn(run, limiter) : null,
    surplus: lazy(() => surplusIn(run, limiter)),
    furtherAlone: furtherAlone(run, limiter),
    mayBeFixedWindows: lazy(() => mayBeFixedWindows(run, limiter)),
  };
}
