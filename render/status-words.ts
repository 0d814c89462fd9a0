import type { Status } from '../contract/report/criteria.ts';

/** A status as people see it: a symbol and a word, never color alone. */
export const statusWords: Readonly<Record<Status, { readonly symbol: string; readonly word: string }>> = {
  pass: { symbol: '✓', word: 'pass' },
  warn: { symbol: '!', word: 'warn' },
  fail: { symbol: '✗', word: 'fail' },
  inconclusive: { symbol: '?', word: 'inconclusive' },
  'not-applicable': { symbol: '–', word: 'not applicable' },
  'not-run': { symbol: '·', word: 'not run' },
};

/** Statuses from the one that people must see first to the one that matters least. */
export const statusesByWeight: readonly Status[] = [
  'fail',
  'inconclusive',
  'warn',
  'pass',
  'not-applicable',
  'not-run',
];

/** What several statuses come to: the weightiest of them. */
export function weightiest(statuses: readonly Status[]): Status {
  return statusesByWeight.find((status) => statuses.includes(status)) ?? 'not-run';
}

/** How many findings have each status, such as "2 fail, 9 pass, 2 not run". */
export function tally(statuses: readonly Status[]): readonly { readonly status: Status; readonly count: number }[] {
  return statusesByWeight
    .map((status) => ({ status, count: statuses.filter((other) => other === status).length }))
    .filter(({ count }) => count > 0);
}
