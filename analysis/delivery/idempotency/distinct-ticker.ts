import { sharedId } from '../../../contract/plan/signal-id.ts';
import { keyInWords } from '../../../contract/profile/idempotency-key.ts';
import { complaint } from '../complaint.ts';
import { allWithinTtl } from '../ttl.ts';
import {
  haveOwnEffects,
  isRefusedRepeat,
  nothing,
  type ProbeInput,
  type ProbeResult,
  shareOf,
  tells,
} from './probe.ts';

/** Signals that share an id and differ in one other identifying field, named `<id>~<field>`: both must be accepted. */
export function probeUnlike({ ledger, profile, life, signals }: ProbeInput): ProbeResult {
  const byId = new Map<string, number[]>();
  for (const attempts of signals('idempotency.distinct-ticker')) {
    const [first] = attempts;
    if (first === undefined) continue;
    const id = sharedId(ledger.signals.text(ledger.signalOf(first)));
    const unlike = byId.get(id);
    if (unlike === undefined) byId.set(id, [first]);
    else unlike.push(first);
  }
  let n = 0;
  let taken = 0;
  for (const unlike of byId.values()) {
    if (unlike.length < 2 || !allWithinTtl(ledger, unlike, life)) continue;
    if (!unlike.every((at) => tells(ledger, at) || isRefusedRepeat(ledger, at))) continue;
    n += 1;
    if (haveOwnEffects(ledger, unlike)) continue;
    // A replay shows by its body: the answer to the other signal.
    const hashes = new Set(unlike.map((at) => ledger.answerHashOf(at)));
    const isReplay = ledger.replays === 'distinguishable' && !hashes.has(0) && hashes.size < unlike.length;
    if (isReplay || unlike.some((at) => ledger.outcomeOf(at) === 'duplicate' || isRefusedRepeat(ledger, at)))
      taken += 1;
  }
  if (n === 0) return nothing;
  const fields = keyInWords(profile);
  return {
    complaints:
      taken > 0
        ? [
            complaint(
              'key too coarse',
              `distinct signals treated as duplicates (${fields} make a signal what it is): ${shareOf(taken, n)} of the pairs`,
            ),
          ]
        : [],
    undecided: [],
    remarks:
      taken === 0
        ? [`signals that differ in one field of ${fields}: both accepted in ${shareOf(n, n)} of the pairs`]
        : [],
  };
}
