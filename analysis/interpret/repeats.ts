import { keyLifeOf } from '../../contract/profile/key-life.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Ledger } from '../journal/ledger.ts';
import { none } from '../journal/ledger-rows.ts';
import { PrefixBest } from './prefix-best.ts';
import { decidedByUs } from './quota-use.ts';
import { maxShownUs, may, minShownUs } from './tolerance.ts';

/**
 * Adds what idempotency says of signals that were sent more than once. A repeat is surely known if a kept request ended before
 * it was sent, and all of both lies within the TTL; it may be known if one that may have been kept can lie within the TTL.
 * @param expected what each of `indices` may get; changed in place.
 */
export function addRepeats(
  expected: Uint8Array,
  idempotency: Extract<TargetProfile['idempotency'], { kind: 'ttl' }>,
  ledger: Ledger,
  indices: Uint32Array,
): void {
  const { minMs, maxMs } = keyLifeOf(idempotency);
  const atOf = (n: number): number => indices[n] ?? 0;
  const isKept = (n: number): boolean => {
    const outcome = ledger.outcomeOf(atOf(n));
    return outcome === 'accepted' || (outcome === 'duplicate' && idempotency.repeatRefreshes);
  };
  const isMaybeKept = (n: number): boolean =>
    isKept(n) || ledger.outcomeOf(atOf(n)) === 'failed' || ledger.isUnknown(atOf(n));

  for (const positions of repeatedPositions(ledger, indices)) {
    const times = ledger.timesAmong(positions.map(atOf));
    const sendOf = (n: number): number => times.sendUs(atOf(n));
    const endOf = (n: number): number => times.endUs(atOf(n));
    const lastKept = new PrefixBest(positions.filter(isKept), endOf, sendOf);
    const decidedBy = (n: number): number => Math.max(endOf(n), isKept(n) ? 0 : decidedByUs(ledger, atOf(n)));
    const lastMaybeKept = new PrefixBest(positions.filter(isMaybeKept), sendOf, decidedBy);
    for (const n of positions) {
      const known = endOf(n) - lastKept.highest(sendOf(n), n) < minShownUs(minMs * 1000);
      const maybeKnown = sendOf(n) - lastMaybeKept.highest(endOf(n), n) <= maxShownUs(maxMs * 1000);
      const limited = (expected[n] ?? 0) & may.limited;
      if (known && idempotency.order === 'before-limiter') expected[n] = may.duplicate;
      else if (known) expected[n] = expected[n] === may.limited ? may.limited : may.duplicate | limited;
      // A full limiter comes after the look for repeats, or before it.
      else if (maybeKnown && (expected[n] !== may.limited || idempotency.order === 'before-limiter')) {
        expected[n] = (expected[n] ?? 0) | may.duplicate;
      }
    }
  }
}

/** Positions in `indices`, in order of sending, of each signal that was sent more than once. */
function repeatedPositions(ledger: Ledger, indices: Uint32Array): Iterable<readonly number[]> {
  const sorted = Uint32Array.from(indices, (at) => ledger.signalOf(at)).sort();
  const repeated = new Map<number, number[]>();
  for (let n = 1; n < sorted.length; n += 1) {
    const signal = sorted[n] ?? none;
    if (signal !== none && signal === sorted[n - 1]) repeated.set(signal, []);
  }
  if (repeated.size === 0) return [];
  indices.forEach((at, n) => {
    repeated.get(ledger.signalOf(at))?.push(n);
  });
  return repeated.values();
}
