import type { Ledger } from '../../journal/ledger.ts';
import { counted } from '../../words.ts';
import { surelyPastTtl, surelyWithinTtl } from '../ttl.ts';
import type { ProbeInput } from './probe.ts';

/** Fewer, or hardly more than of the first requests, are no answer to repeats but failures as others. */
const minTelling = 3;
const minTimesAsOften = 2;

export interface RefusedRepeats {
  /** Repeats of an accepted signal that surely lie within its TTL, or past it, whatever the answer. */
  readonly within: number;
  readonly past: number;
  /** That the repeats are what fails; null if they are not. */
  readonly text: string | null;
}

/** A target may know a repeat, and answer it with an error: neither as a duplicate nor as new. */
export function refusedRepeats({ ledger, life, gaps }: ProbeInput): RefusedRepeats {
  const firsts = { n: 0, failed: 0 };
  const repeats = { n: 0, failed: 0 };
  const statuses = new Set<number>();
  let past = 0;
  for (const [first, repeat] of gaps.flatMap(({ signals }) => signals)) {
    if (first === undefined) continue;
    firsts.n += 1;
    if (isToldFailure(ledger, first)) firsts.failed += 1;
    if (repeat === undefined || ledger.outcomeOf(first) !== 'accepted') continue;
    if (surelyPastTtl(ledger, first, repeat, life)) past += 1;
    if (!surelyWithinTtl(ledger, first, repeat, life)) continue;
    repeats.n += 1;
    if (!isToldFailure(ledger, repeat)) continue;
    repeats.failed += 1;
    statuses.add(ledger.statusOf(repeat));
  }
  const isTelling =
    repeats.failed >= minTelling && repeats.failed * firsts.n > minTimesAsOften * firsts.failed * repeats.n;
  const text = `${repeats.failed} of ${counted(repeats.n, 'repeat')} within the TTL were answered with ${[...statuses].sort((a, b) => a - b).join(' and ')}`;
  return { within: repeats.n, past, text: isTelling ? text : null };
}

/** The server itself said so: nobody gave up waiting for it. */
const isToldFailure = (ledger: Ledger, at: number): boolean =>
  ledger.outcomeOf(at) === 'failed' && ledger.statusOf(at) !== 0 && !ledger.isGivenUp(at);
