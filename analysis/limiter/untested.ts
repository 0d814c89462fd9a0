import { uncountedNote } from '../../contract/plan/repeats.ts';
import { isBuiltIn } from '../../contract/plan/scenarios.ts';
import { duration } from '../../contract/report/figures.ts';
import type { Run } from '../interpret/run.ts';
import { isAdmittedAgainIn } from './admitted-again.ts';
import { isChallenging } from './seen.ts';

export interface Untested {
  /** What is said where no burst went beyond the limit. */
  readonly status: 'inconclusive' | 'not-run';
  readonly why: string;
  /** Why nobody knows whether the declared penalty time ends; null if it was seen to end, or no scenario waits for it. */
  readonly penalty: string | null;
}

/** An own scenario need not test the limiter. */
export function untestedIn(run: Run): Untested {
  const { command, profile } = run.manifest;
  return {
    status: command.some((name) => isBuiltIn(name) && isChallenging(name)) ? 'inconclusive' : 'not-run',
    why: uncountedNote(profile) ?? 'no burst on its own went beyond the limit',
    penalty: penaltyWithoutEnd(run),
  };
}

/** Rate-limit waits until a penalty time is over, and sends again. */
function penaltyWithoutEnd(run: Run): string | null {
  const { limiter } = run.manifest.profile;
  if (limiter.kind === 'none' || limiter.penaltyMs === undefined) return null;
  const scenario = run.scenarios.find(({ name }) => name === 'rate-limit');
  const counts = scenario === undefined ? [] : run.expectations.countsOf(scenario);
  if (counts.length === 0 || isAdmittedAgainIn(counts)) return null;
  return `nothing was admitted after a refusal, so nobody knows whether its penalty time of ${duration(limiter.penaltyMs)} ends: run rate-limit with this profile from its beginning to its end`;
}
