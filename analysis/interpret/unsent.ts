import { obstacleText } from '../../contract/journal/request-failures.ts';
import type { Ledger } from '../journal/ledger.ts';

/** How many requests never left the generator, by the reason: a code of contract/journal/request-failures.ts. */
export type UnsentRequests = ReadonlyMap<number, number>;

export const countOf = (unsent: UnsentRequests): number => [...unsent.values()].reduce((sum, count) => sum + count, 0);

/** All that a scenario did not get sent, set-up and read-back included. */
export function unsentIn(ledger: Ledger): UnsentRequests {
  const unsent = new Map<number, number>();
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.isUnsent(at)) unsent.set(ledger.errorOf(at), (unsent.get(ledger.errorOf(at)) ?? 0) + 1);
  }
  return unsent;
}

/** "37 never left the generator (no file descriptor: raise `ulimit -n` …)", most first. */
export function unsentText(unsent: UnsentRequests): string {
  return [...unsent]
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `${count} never left the generator (${obstacleText(code)})`)
    .join(', ');
}
