import { failureCodes } from '../../contract/journal/request-failures.ts';
import type { Ledger } from '../journal/ledger.ts';

/** What became of a signal that is an error. */
export type ErrorKind = 'rejected' | 'timeout' | 'refused' | 'broken' | 'behind proxy' | 'unavailable' | 'server error';

/** Of proxies: the server behind them ended the connection, or did not answer in time. */
const ofProxies: ReadonlySet<number> = new Set([502, 504]);

export function errorKindOf(ledger: Ledger, at: number): ErrorKind {
  const [outcome, status] = [ledger.outcomeOf(at), ledger.statusOf(at)];
  if (outcome === 'timeout') return 'timeout';
  if (status === 0) return ledger.errorOf(at) === failureCodes.refused ? 'refused' : 'broken';
  if (ofProxies.has(status)) return 'behind proxy';
  if (status === 503) return 'unavailable';
  return outcome === 'failed' || status >= 500 ? 'server error' : 'rejected';
}
