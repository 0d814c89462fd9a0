import { PhaseIndex } from '../../contract/plan/phase-index.ts';
import type { Plan } from '../../contract/plan/plan.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Ledger } from '../journal/ledger.ts';
import { withoutCutOffLists } from './cut-off-lists.ts';
import { readAsOneList } from './one-list.ts';
import { resolveReplays } from './replays.ts';
import { joinSharedKeys } from './shared-keys.ts';

/** A ledger that says what each request was for, and which answers are replays. */
export function interpretedLedger(ledger: Ledger, plan: Plan, profile: TargetProfile): Ledger {
  const listed = readAsOneList(ledger.as({ phases: new PhaseIndex([plan]) }), profile);
  const joined = joinSharedKeys(listed, profile);
  return resolveReplays(withoutCutOffLists(joined), profile);
}
