import type { Ledger } from '../../journal/ledger.ts';
import { counted } from '../../words.ts';
import { nothing, type ProbeInput, type ProbeResult } from './probe.ts';

/** Whether a target noticed another price under the same id, and said so: no error of it. */
export function isNoticedChange(ledger: Ledger, at: number): boolean {
  return ledger.outcomeOf(at) === 'rejected' && ledger.roleOf(at) === 'idempotency.changed-payload';
}

/** The same id with another price: no verdict, since a profile does not say what has to become of it. */
export function probeChangedPayload({ ledger, signals }: ProbeInput): ProbeResult {
  const seen = { noticed: 0, ignored: 0, new: 0 };
  for (const [first, changed] of signals('idempotency.changed-payload')) {
    if (first === undefined || changed === undefined || ledger.outcomeOf(first) !== 'accepted') continue;
    const outcome = ledger.outcomeOf(changed);
    if (outcome === 'rejected') seen.noticed += 1;
    else if (outcome === 'duplicate') seen.ignored += 1;
    else if (outcome === 'accepted') seen.new += 1;
  }
  const n = seen.noticed + seen.ignored + seen.new;
  if (n === 0) return nothing;
  const parts = [
    ...(seen.noticed > 0 ? [`noticed and rejected in ${seen.noticed}`] : []),
    ...(seen.ignored > 0 ? [`ignored, the first price stands, in ${seen.ignored}`] : []),
    ...(seen.new > 0 ? [`taken as a new signal in ${seen.new}`] : []),
  ];
  return {
    complaints: [],
    undecided: [],
    remarks: [`another price under the same id: ${parts.join(', ')} of ${counted(n, 'case')}`],
  };
}
