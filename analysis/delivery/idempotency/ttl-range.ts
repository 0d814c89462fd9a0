import type { Ledger } from '../../journal/ledger.ts';
import { longestGapUs, shortestGapUs, surelyBefore } from '../ttl.ts';
import { haveFewerEffects, isRefusedRepeat, type ProbeInput, tells, unchangedRepeats } from './probe.ts';

/** The longest gap that surely was still recognized, and the shortest that surely was not: the true TTL lies between. */
export interface TtlRange {
  recognizedUs: number;
  freshUs: number;
  /** The least that such a gap may have been. */
  minFreshUs: number;
}

export const newRange = (): TtlRange => ({
  recognizedUs: 0,
  freshUs: Number.POSITIVE_INFINITY,
  minFreshUs: Number.POSITIVE_INFINITY,
});

/** What the answers of a run tell of the TTL. @param signals the attempts at each: all that are repeated unchanged, or those that say something. */
export function ttlRangeOf(
  input: ProbeInput,
  signals: readonly (readonly number[])[] = unchangedRepeats(input),
): TtlRange {
  const range = newRange();
  const prolongs = mayProlong(input);
  for (const attempts of signals) narrowBySignal(range, input.ledger, attempts, prolongs);
  return range;
}

export function narrow(
  range: TtlRange,
  ledger: Ledger,
  [first, repeat]: readonly [number, number],
  isDuplicate: boolean,
): void {
  if (isDuplicate) {
    range.recognizedUs = Math.max(range.recognizedUs, shortestGapUs(ledger, first, repeat));
    return;
  }
  const gapUs = shortestGapUs(ledger, first, repeat);
  range.minFreshUs = Math.min(range.minFreshUs, gapUs);
  // Of two that were under way together a race may have taken both.
  if (gapUs >= 0) range.freshUs = Math.min(range.freshUs, longestGapUs(ledger, first, repeat));
}

/** Whether a repeat may have prolonged the TTL: then the one before may be what another is recognized by. */
function mayProlong({ ledger, idempotency, signals }: ProbeInput): boolean {
  return (
    idempotency.repeatRefreshes ||
    signals('idempotency.refresh').some(([, , third]) => third !== undefined && ledger.outcomeOf(third) === 'duplicate')
  );
}

/** What got no answer that tells, or was refused by a limiter, may have claimed the key, or let go of it: nothing after it is known. */
function narrowBySignal(range: TtlRange, ledger: Ledger, attempts: readonly number[], prolongs: boolean): void {
  const known = attempts.filter((at) => tells(ledger, at));
  const openUs = attempts
    .filter((at) => !tells(ledger, at) && !isRefusedRepeat(ledger, at))
    .reduce((us, at) => Math.min(us, ledger.sendUs(at)), Number.POSITIVE_INFINITY);
  // Which of them was processed, fewer effects than acceptances do not tell.
  const isAccepted = (at: number): boolean => ledger.outcomeOf(at) === 'accepted';
  const areSure = !haveFewerEffects(ledger, attempts);
  for (const [n, at] of known.entries()) {
    if (ledger.endUs(at) >= openUs) continue;
    if (isAccepted(at)) {
      for (const one of areSure ? known.slice(0, n).filter(isAccepted) : []) narrow(range, ledger, [one, at], false);
      continue;
    }
    // It repeats one of these, and which is not known: the latest of them proves the least.
    const claims = known.filter((one) => one !== at && (prolongs || isAccepted(one)) && mayPrecede(ledger, one, at));
    const [first, ...others] = claims;
    if (first === undefined) continue;
    const latest = others.reduce(
      (a, b) => (shortestGapUs(ledger, b, at) < shortestGapUs(ledger, a, at) ? b : a),
      first,
    );
    narrow(range, ledger, [latest, at], true);
  }
}

const mayPrecede = (ledger: Ledger, one: number, at: number): boolean => !surelyBefore(ledger, at, one);
