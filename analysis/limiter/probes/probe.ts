import type { Role } from '../../../contract/plan/roles.ts';
import type { DeclaredLimiter, TargetProfile } from '../../../contract/profile/profile.ts';
import type { Status } from '../../../contract/report/criteria.ts';
import type { Ledger } from '../../journal/ledger.ts';
import type { BoundaryOffsets } from '../boundary-offsets.ts';
import type { LimiterFault } from '../named-fault.ts';

/** What a probe of rate-limit looks at. */
export interface ProbeInput {
  readonly ledger: Ledger;
  readonly profile: TargetProfile;
  readonly limiter: DeclaredLimiter;
  /** Ledger indices in order of sending, a list a webhook: those of the phases with that role. */
  readonly requestsOf: (role: Role) => readonly Uint32Array[];
  /** Refusals, in the phases with that role, of what had to be admitted. */
  readonly wrongfulIn: (role: Role) => number;
  /** All that was admitted in the run lies within the bounds of the kind; of some kind, if none is declared. */
  readonly withinBounds: boolean;
  /** Surely admitted within the fullest window of the run, forged requests aside; 0 if they never exceeded a bound. */
  readonly maxUnforged: number;
  /** Why the edges of windows were hardly tested; null if they were. */
  readonly missedBoundary: BoundaryOffsets | null;
}

export interface ProbePart {
  readonly status: Status;
  readonly summary: string;
  /** What it warns of. */
  readonly faults?: readonly LimiterFault[];
}

/** Null if its phase was not run. */
export type Probe = (input: ProbeInput) => ProbePart | null;

/** How many of the requests came out so. */
export function countOf(ledger: Ledger, indices: Uint32Array, outcome: 'accepted' | 'limited'): number {
  return indices.reduce((sum, at) => sum + (ledger.outcomeOf(at) === outcome ? 1 : 0), 0);
}

/** How many are allowed in a time, in words; how many are worked on at once bounds no number in a time. */
export const allowedInWords = (bound: number): string =>
  Number.isFinite(bound) ? `${bound} are allowed` : 'a limit on concurrent requests allows any number';

/** Milliseconds from the first send to the last end. */
export function lengthMs(ledger: Ledger, indices: Uint32Array): number {
  if (indices.length === 0) return 0;
  const firstSendUs = indices.reduce((first, at) => Math.min(first, ledger.sendUs(at)), Number.POSITIVE_INFINITY);
  const lastEndUs = indices.reduce((last, at) => Math.max(last, ledger.endUs(at)), 0);
  return (lastEndUs - firstSendUs) / 1000;
}

/** Status if refusals decide: none pass, proven ones fail, the rest leaves it open. */
export function byRefusals(limited: number, wrongful: number): Status {
  return wrongful > 0 ? 'fail' : limited === 0 ? 'pass' : 'inconclusive';
}

/** Ledger indices by what their phase is for, a list a webhook. */
export function requestsByRole(ledger: Ledger): ReadonlyMap<Role | null, readonly Uint32Array[]> {
  const found = new Map<Role | null, Uint32Array[]>();
  for (const indices of ledger.signalsByWebhook().values()) {
    for (const role of new Set(Array.from(indices, (at) => ledger.roleOf(at)))) {
      const list = found.get(role) ?? [];
      list.push(indices.filter((at) => ledger.roleOf(at) === role));
      found.set(role, list);
    }
  }
  return found;
}
