import type { Role } from '../../contract/plan/roles.ts';
import type { Ledger } from '../journal/ledger.ts';

/** The signals of one role, a list for each webhook that got any, in order of sending. */
export function requestsOfRole(ledger: Ledger, role: Role): readonly Uint32Array[] {
  return [...ledger.signalsByWebhook().values()]
    .map((indices) => indices.filter((at) => ledger.roleOf(at) === role))
    .filter(({ length }) => length > 0);
}
