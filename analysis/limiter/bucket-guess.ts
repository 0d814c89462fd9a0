import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { modelOf } from '../interpret/kinds/models.ts';
import { usesQuota } from '../interpret/quota-use.ts';
import { type IsolatedBurst, isolatedBursts } from './isolated-bursts.ts';
import type { Counts } from './kind.ts';

// Buckets that are not of the declared kind or size, as guesses: whether all fits is seen afterwards.

/** How often a window a bucket may be refilled in steps, besides once for each of N; the fewer, the more they explain. */
const usualSteps = [10, 5, 4, 2, 1];
/** Fewer bursts than this with one more than the bucket holds are the sign of a race, and more of a bucket of one more. */
const minShareWithStep = 0.1;
const maxShareWithStep = 0.8;

/** Bursts shorter than a window, with more than the limiter takes at once. */
function challenges(counts: Counts, profile: TargetProfile, limiter: DeclaredLimiter): readonly IsolatedBurst[] {
  return counts
    .flatMap(({ ledger, indices }) => {
      const own = indices.filter((at) => ledger.roleOf(at) !== 'limiter.forwarded');
      return isolatedBursts(ledger, own, limiter.windowMs, (at) => usesQuota(ledger, at, profile));
    })
    .filter(({ attempts, spanMs }) => attempts > modelOf(limiter).atOnce(limiter) && spanMs < limiter.windowMs);
}

/**
 * A bucket that was declared as refilled evenly and is refilled in steps (Spring Cloud Gateway, which counts in whole seconds; Envoy;
 * Bucket4j's refillIntervally). It refuses where an even one has room; only with a step for each of N that need not show.
 * @param isThrottling whether the declared one was contradicted by refusals.
 */
export function steppedGuesses(
  counts: Counts,
  profile: TargetProfile,
  limiter: DeclaredLimiter,
  isThrottling: boolean,
): readonly DeclaredLimiter[] {
  const { kind, limit, windowMs } = limiter;
  if (kind !== 'token-bucket' && kind !== 'leaky-bucket') return [];
  const burst = limiter.burst ?? limit;
  const stepped = (steps: number): DeclaredLimiter => ({
    ...limiter,
    ...{ kind: 'stepped-bucket', limit: limit / steps, windowMs: windowMs / steps, burst },
  });
  if (isThrottling) {
    const steps = new Set([limit, ...usualSteps]);
    return [...steps].filter((each) => limit % each === 0 && windowMs % each === 0).map(stepped);
  }
  const bursts = challenges(counts, profile, limiter);
  const share = bursts.filter(({ admitted }) => admitted > burst).length / bursts.length;
  const isOfSteps = share >= minShareWithStep && share <= maxShareWithStep;
  return windowMs % limit === 0 && isOfSteps ? [stepped(limit)] : [];
}

/**
 * Buckets of more than N, where neither kind nor size is declared: what bursts had admitted, less what they gained meanwhile. Of a
 * server that never throttles any large enough bucket would fit.
 */
export function largerGuesses(
  counts: Counts,
  profile: TargetProfile,
  limiter: DeclaredLimiter,
): readonly DeclaredLimiter[] {
  const { kind, limit, windowMs } = limiter;
  if (kind !== 'unknown' || limiter.burst !== null || !hasThrottled(counts)) return [];
  const sizes = challenges(counts, profile, limiter).map(
    ({ admitted, spanMs }) => admitted - Math.floor((limit / windowMs) * spanMs),
  );
  const largest = sizes.reduce((max, size) => Math.max(max, size), 0);
  return [largest, largest - 1]
    .filter((burst) => burst > limit)
    .map((burst) => ({ ...limiter, kind: 'token-bucket', burst }));
}

const hasThrottled = (counts: Counts): boolean =>
  counts.some(({ ledger, indices }) => indices.some((at) => ledger.outcomeOf(at) === 'limited'));
