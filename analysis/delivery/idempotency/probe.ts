import type { RepeatsSchedule } from '../../../contract/plan/plan.ts';
import type { Role } from '../../../contract/plan/roles.ts';
import type { Idempotency, TargetProfile } from '../../../contract/profile/profile.ts';
import type { Measure } from '../../../contract/report/report.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { wilson } from '../../statistics.ts';
import { share } from '../../words.ts';
import type { Complaint } from '../complaint.ts';
import type { KeyLifeUs } from '../ttl.ts';

/** What a probe of the idempotency scenario is given. */
export interface ProbeInput {
  readonly ledger: Ledger;
  readonly profile: TargetProfile;
  readonly idempotency: Extract<Idempotency, { kind: 'ttl' }>;
  readonly life: KeyLifeUs;
  /** The requests of each signal of the phases with that role, in order of sending. */
  readonly signals: (role: Role) => readonly (readonly number[])[];
  /** Those of each phase that repeats after one gap, in times of `ttlMs`: the TTL, unless that is not waited for. */
  readonly gaps: readonly {
    readonly gapTtl: number;
    readonly ttlMs: number;
    readonly schedule: RepeatsSchedule;
    /** Number of its first signal. */
    readonly firstSignal: number;
    readonly signals: readonly (readonly number[])[];
  }[];
}

const unchangedRoles = [
  'idempotency.gap',
  'idempotency.refresh',
  'idempotency.together',
  'idempotency.quota',
  'idempotency.odds',
] as const;

/** The requests of each signal of all phases that repeat signals unchanged, to the same webhook. */
export const unchangedRepeats = ({ signals }: Pick<ProbeInput, 'signals'>): readonly (readonly number[])[] =>
  unchangedRoles.flatMap(signals);

export interface ProbeResult {
  /** What it proves wrong, by name. */
  readonly complaints: readonly Complaint[];
  /** What it could not decide and should have. */
  readonly undecided: readonly string[];
  /** What it found, no verdict. */
  readonly remarks: readonly string[];
  readonly measures?: readonly Measure[];
}

export const nothing: ProbeResult = { complaints: [], undecided: [], remarks: [] };

/** `18 of 30` with its share and Wilson interval. */
export function shareOf(part: number, whole: number): string {
  return share(part, whole, wilson(part, whole));
}

/** The key was known, and the request was not taken: another one is in progress, or had another payload. */
export function isRefusedRepeat(ledger: Ledger, at: number): boolean {
  const outcome = ledger.outcomeOf(at);
  return outcome === 'pending' || outcome === 'changed';
}

/** The answer tells whether it was an acceptance or a duplicate. */
export function tells(ledger: Ledger, at: number): boolean {
  const outcome = ledger.outcomeOf(at);
  return (
    outcome === 'accepted' || (outcome === 'duplicate' && !(ledger.isReplay(at) && ledger.replays === 'ambiguous'))
  );
}

/** Each is a signal of its own and was processed on its own webhook: none was taken for another, whatever the answers look like. */
export function haveOwnEffects(ledger: Ledger, requests: readonly number[]): boolean {
  const signals = new Set(requests.map((at) => ledger.signalOf(at)));
  return (
    signals.size === requests.length &&
    requests.every((at) => ledger.isReadBack(ledger.webhookOf(at)) && ledger.effects(ledger.signalOf(at)) > 0)
  );
}

/** All requests of one signal: together they had one effect, whatever the answers say. */
export function areProcessedOnce(ledger: Ledger, requests: readonly number[]): boolean {
  return effectsOf(ledger, requests) === 1;
}

/** All requests of one signal: some that was answered as accepted had no effect of its own. */
export function haveFewerEffects(ledger: Ledger, requests: readonly number[]): boolean {
  const effects = effectsOf(ledger, requests);
  const accepted = requests.filter((at) => ledger.recordedOutcomeOf(at) === 'accepted').length;
  return effects !== null && effects < accepted;
}

/** Null where the read-back is missing or incomplete. */
function effectsOf(ledger: Ledger, requests: readonly number[]): number | null {
  const [first] = requests;
  if (first === undefined || !requests.every((at) => ledger.isReadBack(ledger.webhookOf(at)))) return null;
  return ledger.effects(ledger.signalOf(first));
}
