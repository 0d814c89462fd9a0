import { type Status, statuses } from '../contract/report/criteria.ts';

/** A status as people see it: a symbol and a word, never color alone. */
export const statusWords: Readonly<Record<Status, { readonly symbol: string; readonly word: string }>> = {
  pass: { symbol: '✓', word: 'pass' },
  warn: { symbol: '!', word: 'warn' },
  fail: { symbol: '✗', word: 'fail' },
  inconclusive: { symbol: '?', word: 'inconclusive' },
  'not-applicable': { symbol: '–', word: 'not applicable' },
  'not-run': { symbol: '·', word: 'not run' },
};

/** How many findings have each status, worst first. */
export function tally(given: readonly Status[]): readonly { readonly status: Status; readonly count: number }[] {
  return statuses
    .map((status) => ({ status, count: given.filter((other) => other === status).length }))
    .filter(({ count }) => count > 0);
}
