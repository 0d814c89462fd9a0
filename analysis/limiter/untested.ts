import { pathsAsked } from '../../contract/plan/limits.ts';
import { uncountedNote } from '../../contract/plan/repeats.ts';
import { isBuiltIn } from '../../contract/plan/scenarios.ts';
import { duration } from '../../contract/report/figures.ts';
import type { Run } from '../interpret/run.ts';
import { counted } from '../words.ts';
import { isAdmittedAgainIn } from './admitted-again.ts';
import { isChallenging } from './seen.ts';

export interface Untested {
  /** What is said where no burst went beyond the limit. */
  readonly status: 'inconclusive' | 'not-run';
  readonly why: string;
  /** Why nobody knows whether the declared penalty time ends; null if it was seen to end, or no scenario waits for it. */
  readonly penalty: string | null;
  /** What the monitor's own requests leave open; null if they have no place in the count. */
  readonly polls: string | null;
}

/** An own scenario need not test the limiter. */
export function untestedIn(run: Run): Untested {
  const { command, profile } = run.manifest;
  return {
    status: command.some((name) => isBuiltIn(name) && isChallenging(name)) ? 'inconclusive' : 'not-run',
    why: uncountedNote(profile) ?? 'no burst on its own went beyond the limit',
    penalty: penaltyWithoutEnd(run),
    polls: heldByPolls(run),
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

/** Some servers count each of these paths, and some leave some of them out: what was admitted is right under a limit that is higher by as many. */
function heldByPolls({ manifest: { profile } }: Run): string | null {
  const { limiter } = profile;
  const asked = limiter.kind === 'none' ? 0 : pathsAsked(profile, limiter);
  if (asked === 0) return null;
  return `the monitor asks ${counted(asked, 'path')} once a second, and nobody knows which of these requests this limit counts: one that is higher by ${asked === 1 ? 'one' : `up to ${asked}`} looks alike. For a run that tells, set health, redis, database and metrics to null in monitoring of the profile`;
}
