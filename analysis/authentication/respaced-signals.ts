import type { TargetProfile } from '../../contract/profile/profile.ts';
import { isUnknownSender } from '../../contract/request/answer.ts';
import type { Ledger } from '../journal/ledger.ts';

/** What became of right signals whose bodies have spaces in them. */
export interface RespacedCounts {
  sent: number;
  accepted: number;
  /** How often each webhook refused one with 401 or 403. */
  readonly refusedAt: Map<number, number>;
  /** Statuses of all that were not accepted, with their counts; 0 is no answer. */
  readonly statuses: Map<number, number>;
}

export const noRespaced = (): RespacedCounts => ({ sent: 0, accepted: 0, refusedAt: new Map(), statuses: new Map() });

export const deniesSender = (ledger: Ledger, at: number): boolean =>
  isUnknownSender(ledger.outcomeOf(at), ledger.statusOf(at));

export const addOne = (counts: Map<number, number>, key: number): Map<number, number> =>
  counts.set(key, (counts.get(key) ?? 0) + 1);

export function countRespaced(ledger: Ledger, at: number, counts: RespacedCounts): void {
  counts.sent += 1;
  if (ledger.outcomeOf(at) === 'accepted') {
    counts.accepted += 1;
    return;
  }
  addOne(counts.statuses, ledger.statusOf(at));
  if (deniesSender(ledger, at)) addOne(counts.refusedAt, ledger.webhookOf(at));
}

/** Right signals without spaces in their bodies. */
export interface CompactSignals {
  readonly right: { readonly accepted: number; readonly duplicates: number; readonly refused: number };
  /** Webhooks that accepted one, in any phase. */
  readonly acceptedAt: ReadonlySet<number>;
}

const atLeast = 2;

/**
 * How many were refused for their spaces alone: 0 unless it is sure. A webhook that was given may have another secret than it was said
 * to have, so it must have accepted a signal without spaces.
 */
export function refusedForSpaces(
  { accepted, refusedAt }: RespacedCounts,
  { right, acceptedAt }: CompactSignals,
  { provisioning }: TargetProfile,
): number {
  if (accepted > 0 || right.refused > 0 || right.accepted <= right.duplicates) return 0;
  const counted = [...refusedAt].filter(([webhook]) => provisioning.kind !== 'given' || acceptedAt.has(webhook));
  const refused = counted.reduce((sum, [, n]) => sum + n, 0);
  return refused < atLeast ? 0 : refused;
}

/** Whether only bodies with spaces were accepted, as by Python's json.dumps. */
export const onlySpacedAccepted = ({ accepted }: RespacedCounts, { right, acceptedAt }: CompactSignals): boolean =>
  accepted >= atLeast && right.accepted === 0 && right.refused >= atLeast && acceptedAt.size === 0;
