import { isElsewhere } from '../../../contract/plan/elsewhere.ts';
import type { Role } from '../../../contract/plan/roles.ts';
import type { TargetProfile } from '../../../contract/profile/profile.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { counted } from '../../words.ts';
import { type Complaint, complaint } from '../complaint.ts';
import { allWithinTtl } from '../ttl.ts';
import { nothing, type ProbeInput, type ProbeResult, shareOf } from './probe.ts';

/** Phases whose signals share an id and differ otherwise. */
const unlikeRoles: ReadonlySet<Role | null> = new Set<Role>([
  'idempotency.changed-payload',
  'idempotency.distinct-ticker',
  'idempotency.other-webhook',
  'idempotency.other-tenant',
]);

/** Whether the request may follow one of the same id that had another payload, or went to another webhook. */
export const mayHaveChanged = (ledger: Ledger, at: number): boolean => unlikeRoles.has(ledger.roleOf(at));

const isRefusedRole = (role: Role | null): boolean => role === 'idempotency.changed-payload' || isElsewhere(role);

/** Whether a target noticed another payload or webhook under the same id, and said so: no error of it. */
export function isNoticedChange(ledger: Ledger, at: number): boolean {
  const outcome = ledger.outcomeOf(at);
  if (outcome === 'changed') return mayHaveChanged(ledger, at);
  return outcome === 'rejected' && isRefusedRole(ledger.roleOf(at));
}

/** Whether the profile says how an answer tells that the key came before with another payload. */
const promisesToTell = ({ answers }: TargetProfile): boolean => answers.some(({ outcome }) => outcome === 'changed');

/** The same key with another payload: a target that promises to tell must do so; else there is no verdict. */
export function probeChangedPayload({ ledger, profile, life, signals }: ProbeInput): ProbeResult {
  const seen = { told: 0, rejected: 0, ignored: 0, new: 0, open: 0 };
  for (const [first, changed] of signals('idempotency.changed-payload')) {
    if (first === undefined || changed === undefined || ledger.outcomeOf(first) !== 'accepted') continue;
    const outcome = ledger.outcomeOf(changed);
    if (outcome === 'changed') seen.told += 1;
    else if (outcome === 'rejected') seen.rejected += 1;
    else if (outcome === 'duplicate') seen.ignored += 1;
    // After a TTL any key is new.
    else if (outcome === 'accepted') seen[allWithinTtl(ledger, [first, changed], life) ? 'new' : 'open'] += 1;
  }
  const n = seen.told + seen.rejected + seen.ignored + seen.new;
  const open =
    seen.open === 0
      ? []
      : [
          `another price under the same key: ${counted(seen.open, 'case')} not judged, for answers took too long: the key may have expired`,
        ];
  if (n === 0) return promisesToTell(profile) ? { ...nothing, undecided: open } : { ...nothing, remarks: open };
  const parts = [
    ...(seen.told > 0 ? [`noticed and told in ${seen.told}`] : []),
    ...(seen.rejected > 0 ? [`noticed and rejected in ${seen.rejected}`] : []),
    ...(seen.ignored > 0 ? [`ignored, the first price stands, in ${seen.ignored}`] : []),
    ...(seen.new > 0 ? [`taken as a new signal in ${seen.new}`] : []),
  ];
  return {
    complaints: promisesToTell(profile) ? brokenPromise(seen, n) : [],
    undecided: [],
    remarks: [`another price under the same key: ${parts.join(', ')} of ${counted(n, 'case')}`, ...open],
  };
}

function brokenPromise(seen: { readonly new: number; readonly ignored: number }, n: number): readonly Complaint[] {
  return [
    ...(seen.new > 0
      ? [
          complaint(
            'changed payload not told',
            `a changed payload under the same key is taken as a new signal, declared is that it is told: ${shareOf(seen.new, n)}`,
          ),
        ]
      : []),
    ...(seen.ignored > 0
      ? [
          complaint(
            'changed payload not told',
            `a changed payload under the same key is answered as a duplicate, declared is that it is told: ${shareOf(seen.ignored, n)}`,
          ),
        ]
      : []),
  ];
}
