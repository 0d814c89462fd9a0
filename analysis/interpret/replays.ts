import type { TargetProfile } from '../../contract/profile/profile.ts';
import { Column } from '../journal/column.ts';
import type { Ledger } from '../journal/ledger.ts';
import { forEachSignal } from './attempts.ts';
import { borrowedAnswers } from './borrowed-answers.ts';
import { areEffectsBefore } from './effect-clock.ts';
import { repeatedAnswers } from './repeated-answers.ts';
import { RepeatsTold } from './repeats-told.ts';

/**
 * If the profile knows a duplicate by its body alone, which is that of the first acceptance again, k6 could not tell it:
 * an accepted answer with the hash of an earlier accepted answer to the same signal is a duplicate in the ledger that this returns.
 *
 * A body that is a function of the signal ("ok", or its id) looks the same when the signal is accepted anew. So replays are
 * `distinguishable` only if some signal was answered in two ways; until then a replay may be an acceptance.
 */
export function resolveReplays(ledger: Ledger, profile: TargetProfile): Ledger {
  const borrowed = borrowedAnswers(ledger, profile);
  if (borrowed !== null && borrowed.size > 0) {
    const told = new Column(Uint8Array);
    for (const [at, how] of borrowed) told.set(at, how);
    return ledger.as({ replays: 'distinguishable', replayed: told });
  }
  const rules = profile.answers.filter(
    ({ outcome, body }) => outcome === 'duplicate' && body !== undefined && 'is' in body && body.is === 'same-as-first',
  );
  if (rules.length === 0) return undeclaredReplays(ledger, profile);
  const replayed = new Column(Uint8Array);
  let differed = false;
  forEachSignal(ledger, (attempts) => {
    if (attempts.length === 1) return;
    const { again, different } = repeatedAnswers(ledger, attempts);
    if (different > 1) differed = true;
    for (const at of again) {
      if (rules.some(({ statuses }) => statuses.includes(ledger.statusOf(at)))) replayed.set(at, 1);
    }
  });
  return ledger.as({ replays: differed ? 'distinguishable' : 'ambiguous', replayed });
}

/**
 * A target that answers a repeat with the first answer again, which the profile does not say: if a signal has no more effects than it
 * got different answers, or all of them came before, those that came again had none of their own. Only where read-back is complete.
 *
 * Where the target tells duplicates otherwise, an equal answer alone makes no signal a duplicate: see repeats-told.ts.
 */
function undeclaredReplays(ledger: Ledger, { idempotency }: TargetProfile): Ledger {
  if (idempotency.kind !== 'ttl') return ledger;
  const repeats = new RepeatsTold(ledger, idempotency);
  const replayed = new Column(Uint8Array);
  let found = false;
  forEachSignal(ledger, (attempts, signal) => {
    if (attempts.length === 1 || !attempts.every((at) => ledger.isReadBack(ledger.webhookOf(at)))) return;
    const { again, different } = repeatedAnswers(ledger, attempts);
    const effects = ledger.effects(signal);
    const [first] = again;
    if (first === undefined || effects === 0) return;
    // What is processed more often than it was answered anew was processed twice by itself, if that was before it came again.
    if (effects > different && !areEffectsBefore(ledger, signal, first)) return;
    for (const at of again) {
      if (repeats.isAcceptance(attempts, at)) continue;
      found = true;
      replayed.set(at, 1);
    }
  });
  const { dropsLate } = repeats;
  if (!found) return dropsLate ? ledger.as({ dropsLate }) : ledger;
  return ledger.as({ dropsLate, replays: repeats.areTold ? 'as-recorded' : 'distinguishable', replayed });
}
