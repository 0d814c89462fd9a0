import { counted } from '../../words.ts';
import type { TwiceCounts } from '../reconciliation/twice-counts.ts';
import { shareOf } from './probe.ts';

/** The rule of three is an approximation for large n; below this it says nothing. */
const minForOdds = 30;

/**
 * What a run says on a rate: with none seen in n, with 95% certainty fewer than 3/n (rule of three: (1 − p)^n = 0.05). Nothing bounds a
 * rate where some are not decided: those are the ones that look processed twice.
 * @param what names the n, such as "repeated signals".
 */
export function oddsOfDuplicates(
  { n, twice, undecided }: TwiceCounts,
  what: string,
  done: 'processed' | 'accepted' = 'processed',
): string | null {
  const open = `of ${undecided}${twice > 0 ? ' more' : ''} nothing tells`;
  if (twice > 0 && undecided > 0)
    return `${done} more than once: at least ${twice} of ${counted(n, what, what)}; ${open}`;
  if (twice > 0) return `${done} more than once: ${shareOf(twice, n)} of ${what}`;
  if (n < minForOdds) return null;
  if (undecided > 0) return `none of ${counted(n, what, what)} surely ${done} twice; ${open}`;
  return `none of ${counted(n, what, what)} ${done} twice: with 95% certainty fewer than ${shortPercent(3 / n)} are (rule of three)`;
}

function shortPercent(share: number): string {
  const value = share * 100;
  return `${value >= 1 ? value.toFixed(2) : value.toPrecision(2)}%`;
}
