import { uncountedNote } from '../../contract/plan/repeats.ts';
import { isBuiltIn } from '../../contract/plan/scenarios.ts';
import type { Run } from '../interpret/run.ts';
import { isChallenging } from './seen.ts';

/** What is said where no burst went beyond the limit. */
export interface Untested {
  readonly status: 'inconclusive' | 'not-run';
  readonly why: string;
}

/** An own scenario need not test the limiter. */
export function untestedIn({ manifest }: Run): Untested {
  return {
    status: manifest.command.some((name) => isBuiltIn(name) && isChallenging(name)) ? 'inconclusive' : 'not-run',
    why: uncountedNote(manifest.profile) ?? 'no burst on its own went beyond the limit',
  };
}
