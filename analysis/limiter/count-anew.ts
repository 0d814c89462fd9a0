import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import type { Count } from '../interpret/expectations.ts';
import { usesQuota } from '../interpret/quota-use.ts';
import type { Run } from '../interpret/run.ts';
import { toleranceUs } from '../interpret/tolerance.ts';
import type { Ledger } from '../journal/ledger.ts';
import { type Burst, surelyWithin } from './bounds.ts';

/**
 * A limiter that admits no more than its limit until it refuses, refuses all for a time, and then admits as if it had counted nothing, though
 * the window has not ended: @nestjs/throttler does with a blockDuration below its ttl. A race admits its excess before it refuses; workers
 * that each count by themselves refuse and admit side by side.
 */
export interface CountAnew {
  /** The longest time that it surely refused all, and the shortest in which it surely admitted again. */
  readonly minMs: number;
  readonly maxMs: number;
}

/** Fewer may be chance. */
const minStretches = 3;
/** Slow answers hide the one refusal or the other. */
const minAlike = 0.9;

/** Windows that a refusal must not end. */
const kinds: readonly string[] = ['sliding', 'fixed-from-first-hit', 'unknown'];

/** Null if not nearly all that was admitted beyond the limit came so, after one time of refusals that fits all of it. */
export function countAnewIn(run: Run, limiter: DeclaredLimiter): CountAnew | null {
  if (!kinds.includes(limiter.kind)) return null;
  const pauses = run.scenarios
    .flatMap((scenario) => run.expectations.countsOf(scenario))
    .flatMap((count) => pausesIn(count, run, limiter));
  const found = pauses.filter((pause) => pause !== null);
  if (found.length < minStretches || found.length < minAlike * pauses.length) return null;
  const minUs = found.reduce((longest, pause) => Math.max(longest, pause.minUs), 0);
  const maxUs = found.reduce((shortest, pause) => Math.min(shortest, pause.maxUs), Number.POSITIVE_INFINITY);
  return minUs > maxUs + 2 * toleranceUs ? null : { minMs: minUs / 1000, maxMs: Math.max(minUs, maxUs) / 1000 };
}

interface Pause {
  readonly minUs: number;
  readonly maxUs: number;
}

/** One for each stretch in which more than the limit were surely admitted within a window; null for what came in another way. */
function pausesIn({ ledger, indices }: Count, run: Run, limiter: DeclaredLimiter): readonly (Pause | null)[] {
  const { profile } = run.manifest;
  const judged = indices.filter((at) => ledger.roleOf(at) !== 'limiter.forwarded');
  const admitted = judged.filter((at) => usesQuota(ledger, at, profile) === 'yes');
  const refused = judged.filter((at) => ledger.outcomeOf(at) === 'limited');
  const trace: Trace = { ledger, admitted, refused, limit: limiter.limit };
  const stretches = surelyWithin(ledger, admitted, limiter.windowMs, { above: limiter.limit });
  return stretches.map((stretch) => pauseIn(trace, stretch));
}

interface Trace {
  readonly ledger: Ledger;
  readonly admitted: Uint32Array;
  readonly refused: Uint32Array;
  readonly limit: number;
}

function pauseIn({ ledger, admitted, refused, limit }: Trace, { fromUs, toUs }: Burst): Pause | null {
  const send = (at: number): number => ledger.sendUs(at);
  const end = (at: number): number => ledger.endUs(at);
  const refusals = refused.filter((at) => send(at) >= fromUs && send(at) <= toUs);
  const refusedUs = least(refusals, end);
  const inside = admitted.filter((at) => send(at) >= fromUs && end(at) <= toUs);
  const later = inside.filter((at) => send(at) > refusedUs);
  if (later.length === 0 || inside.length - later.length > limit) return null;
  const [sentAgainUs, admittedAgainUs] = [least(later, send), least(later, end)];
  // What refuses again has counted to the limit again.
  const isSoonRefused = refusals.some(
    (at) =>
      send(at) > admittedAgainUs &&
      admitted.filter((other) => send(other) > refusedUs && send(other) < end(at)).length < limit,
  );
  if (isSoonRefused) return null;
  const before = refusals.filter((at) => end(at) <= sentAgainUs);
  const minUs = before.reduce((longest, at) => Math.max(longest, send(at) - refusedUs), 0);
  return { minUs, maxUs: admittedAgainUs - least(refusals, send) };
}

const least = (indices: Uint32Array, of: (at: number) => number): number =>
  indices.reduce((min, at) => Math.min(min, of(at)), Number.POSITIVE_INFINITY);
