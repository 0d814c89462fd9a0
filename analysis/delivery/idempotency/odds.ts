import { counted } from '../../words.ts';
import { shareOf } from './probe.ts';

/** The rule of three is an approximation for large n; below this it says nothing. */
const minForOdds = 30;

/**
 * What a run says on a rate: with none seen in n, with 95% certainty fewer than 3/n (rule of three: (1 − p)^n = 0.05).
 * @param what names the n, such as "repeated signals".
 */
export function oddsOfDuplicates(
  twice: number,
  n: number,
  what: string,
  done: 'processed' | 'accepted' = 'processed',
): string | null {
  if (twice > 0) return `${done} more than once: ${shareOf(twice, n)} of ${what}`;
  if (n < minForOdds) return null;
  return `none of ${counted(n, what, what)} ${done} twice: with 95% certainty fewer than ${shortPercent(3 / n)} are (rule of three)`;
}

function shortPercent(share: number): string {
  const value = share * 100;
  return `${value >= 1 ? value.toFixed(2) : value.toPrecision(2)}%`;
}
