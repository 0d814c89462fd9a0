import type { Limiter } from '../contract/profile.ts';
import type { Ledger } from './ledger.ts';
import { toleranceUs } from './legitimate.ts';

/**
 * The most requests that a limiter of the kind may admit within any span of `spanMs`, for N per W:
 * sliding window N·⌈T/W⌉; fixed window N·(⌈T/W⌉+1), since a span can cover the edges of one window more;
 * token bucket B + N/W·T. An undeclared kind gets the most lenient of them.
 */
export function mostAdmitted(limiter: Exclude<Limiter, { kind: 'none' }>, spanMs: number): number {
  const { limit, windowMs } = limiter;
  const windows = Math.ceil(spanMs / windowMs);
  const sliding = limit * windows;
  const fixed = limit * (windows + 1);
  const bucket = Math.floor((limiter.burst ?? limit) + (limit / windowMs) * spanMs);
  switch (limiter.kind) {
    case 'sliding':
      return sliding;
    case 'fixed':
    case 'fixed-from-first-hit':
      return fixed;
    case 'token-bucket':
    case 'leaky-bucket':
    case 'delaying':
      return bucket;
    case 'unknown':
      return Math.max(sliding, fixed, bucket);
  }
}

export interface Crowd {
  readonly count: number;
  /** Where that span begins. */
  readonly fromUs: number;
}

/**
 * L: the most admitted requests that lie wholly inside some span. The server decided on each between its send and its end,
 * so that these were admitted within the span whatever the delays: more than the bound is proof.
 * @param admitted ledger indices in order of sending.
 */
export function surelyWithin(ledger: Ledger, admitted: Uint32Array, spanMs: number): Crowd {
  const spanUs = spanMs * 1000 - toleranceUs;
  let most: Crowd = { count: 0, fromUs: 0 };
  for (let first = 0; first < admitted.length; first += 1) {
    const fromUs = ledger.sendUs(admitted[first] ?? 0);
    let count = 0;
    for (let next = first; next < admitted.length; next += 1) {
      const at = admitted[next] ?? 0;
      if (ledger.sendUs(at) >= fromUs + spanUs) break;
      if (ledger.endUs(at) < fromUs + spanUs) count += 1;
    }
    if (count > most.count) most = { count, fromUs };
  }
  return most;
}

/** Requests of one webhook that belong together: between them and all others at least a window passed. */
export interface Challenge {
  readonly attempts: number;
  readonly admitted: number;
  readonly limited: number;
  readonly fromUs: number;
  readonly spanUs: number;
}

/**
 * Isolated crowds that lie wholly inside one window: all that were admitted in them count against one and the same limit, so
 * here the most that can have been admitted and the most that surely were are equal.
 * @param indices all signals of one webhook in order of sending.
 * @param isAdmitted whether the limiter let it through, or may have.
 */
export function challenges(
  ledger: Ledger,
  indices: Uint32Array,
  windowMs: number,
  isAdmitted: (at: number) => boolean,
): readonly Challenge[] {
  const windowUs = windowMs * 1000;
  const found: Challenge[] = [];
  let group: number[] = [];
  let groupEndUs = 0;

  function close(): void {
    const fromUs = ledger.sendUs(group[0] ?? 0);
    const spanUs = groupEndUs - fromUs;
    if (group.length > 0 && spanUs < windowUs - toleranceUs) {
      found.push({
        attempts: group.length,
        admitted: group.filter(isAdmitted).length,
        limited: group.filter((at) => ledger.outcomeOf(at) === 'limited').length,
        fromUs,
        spanUs,
      });
    }
    group = [];
  }

  for (const at of indices) {
    if (group.length > 0 && ledger.sendUs(at) - groupEndUs > windowUs + toleranceUs) close();
    groupEndUs = group.length === 0 ? ledger.endUs(at) : Math.max(groupEndUs, ledger.endUs(at));
    group.push(at);
  }
  close();
  return found;
}
