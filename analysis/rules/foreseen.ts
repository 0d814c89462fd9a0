import type { TargetProfile } from '../../contract/profile/profile.ts';

/** What a run will have evidence of, as far as that is known before it. */
export interface Foreseen {
  readonly profile: TargetProfile;
  /** Whether our build of k6 sends: a stock one keeps no ledger. */
  readonly hasLedger: boolean;
  readonly isWatched: boolean;
  readonly seesDescriptors: boolean;
  /** False where there is such a store, as far as is known, and it is not monitored. */
  readonly seesRedis: boolean;
  readonly seesDatabase: boolean;
  /** Whether the monitor is given its address: then it is judged, also where the profile declares it absent. */
  readonly asksRedis: boolean;
  readonly asksDatabase: boolean;
}

/** Why a run cannot decide a criterion. */
export interface Foretold {
  readonly status: 'inconclusive' | 'not applicable';
  readonly why: string;
}

export const undecidable = (why: string): Foretold => ({ status: 'inconclusive', why });
export const absent = (why: string): Foretold => ({ status: 'not applicable', why });

/** Of criteria about the server's processes. */
export function withoutProcesses({ isWatched }: Foreseen): Foretold | null {
  return isWatched ? null : undecidable("none of the server's processes is watched");
}

/** Of criteria about requests and their answers. */
export function withoutLedger({ hasLedger }: Foreseen): Foretold | null {
  return hasLedger ? null : undecidable('a stock k6 writes no ledger');
}

/** Of criteria about the rate limiter. */
export function withoutLimiter(seen: Foreseen): Foretold | null {
  return seen.profile.limiter.kind === 'none' ? absent('the profile declares no rate limiter') : withoutLedger(seen);
}
