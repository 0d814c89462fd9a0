import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import type { Ledger } from '../journal/ledger.ts';

/** Requests that share one count, and the kind of limiter that they are held against. */
export interface JudgedCount {
  readonly ledger: Ledger;
  /** In order of sending. */
  readonly indices: Uint32Array;
  readonly profile: TargetProfile;
  /** Replaces the one of the profile. */
  readonly limiter: DeclaredLimiter;
  /** The scenario and webhook that they belong to, for the texts. */
  readonly place: string;
  /** Times in texts are seconds since this. */
  readonly startedAtUs: number;
  /** What the limiter lets each of the requests get; worked out if it is not given. */
  readonly expected?: Uint8Array | undefined;
  /** Another limit may have refused. */
  readonly isOneOfSeveral?: boolean;
}
