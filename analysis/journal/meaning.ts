import type { RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { PhaseIndex } from '../../contract/plan/phase-index.ts';
import type { Column } from './column.ts';

/** What the plan and the profile add to what was recorded. */
export interface Meaning {
  /** The phases of the scenario's plan: what each request was for is asked by them. */
  readonly phases: PhaseIndex;
  /**
   * Whether replays can be told from new acceptances, if the profile knows them by the body alone: `ambiguous` if no signal was
   * ever answered in two ways, so that the body may be a function of the signal. See interpret/replays.ts.
   */
  readonly replays: 'as-recorded' | 'distinguishable' | 'ambiguous';
  /** Most repeats past the TTL are answered as accepted, by a target that tells duplicates, and not processed. */
  readonly dropsLate: boolean;
  /** 1 for each answer that is a replay of an earlier one, 2 if of another signal's; null if there is none. */
  readonly replayed: Column | null;
  /** Null where each signal is one by itself. */
  readonly same: SameSignals | null;
  /** One list tells of all webhooks; null: each has its own. See interpret/one-list.ts. */
  readonly oneList: OneList | null;
  /** Webhook → number of entries at which its read-back list is cut off: see interpret/cut-off-lists.ts. */
  readonly cutOff: ReadonlyMap<number, number>;
  /** Outcomes that were not recorded, to ask what else would look alike; null: what was recorded. */
  readonly imagined: ReadonlyMap<number, RecordedOutcome> | null;
}

/** Signals that the target must take for one, because they have one key: see interpret/shared-keys.ts. */
export interface SameSignals {
  /** A signal that repeats another → the first of them. */
  readonly firstOf: ReadonlyMap<number, number>;
  /** A first → the effects of all of them. */
  readonly effects: ReadonlyMap<number, number>;
}

export interface OneList {
  /** How many pages hold it. */
  readonly pages: number;
  /** It grew while they were read: the later ones hold more. */
  readonly hasGrown: boolean;
  /** Known from the profile or by the times of its entries, not by their ids alone. */
  readonly isTold: boolean;
  /** Effects of signals that do not follow from what was counted. */
  readonly effects: ReadonlyMap<number, number>;
}

export const asRecorded: Meaning = {
  phases: new PhaseIndex([]),
  replays: 'as-recorded',
  dropsLate: false,
  replayed: null,
  same: null,
  oneList: null,
  cutOff: new Map(),
  imagined: null,
};
