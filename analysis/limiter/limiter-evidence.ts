import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { modelOf } from '../interpret/kinds/models.ts';
import { max } from '../statistics.ts';
import type { ExcessClues } from './excess-clues.ts';
import type { IsolatedBurst } from './isolated-bursts.ts';
import type { Lockouts } from './lockouts.ts';
import type { Seen } from './seen.ts';
import type { SlowerPace } from './slower-pace.ts';

/** What the rule knows when it looks for a name. */
export interface LimiterEvidence extends ExcessClues {
  readonly limiter: DeclaredLimiter;
  readonly bursts: readonly IsolatedBurst[];
  readonly limited: number;
  /** How many were surely admitted within the fullest window of the run. */
  readonly maxWithinWindow: number;
  /** The same of all counts, if something was refused that must be admitted. */
  readonly fullestWindow: number;
  /** Whether a fixed window of the same N per W fits the trace. */
  readonly fixedFits: boolean;
  readonly wrongful: number;
  readonly wrongfulAfterRefusals: number;
  readonly wrongfulRepeats: number;
  /** On the webhook beside a noisy one, and how many it sent. */
  readonly wrongfulOnQuiet: number;
  readonly quietSent: number;
  readonly quietRecovered: number;
  readonly beyond: Seen['beyond'];
  /** At which the declared limiter would have done all that was seen. */
  readonly pace: SlowerPace | null;
  /** What was refused after a long quiet; null if nothing was refused wrongly, or no quiet is sure. */
  readonly lockouts: Lockouts | null;
}

/** What lasts for fewer windows is no steady rate. */
export const minSteady = 3;

/**
 * How many times the limit was admitted in each window at a steady rate beyond it, at most; null if none was sent for long enough. What
 * it took at once is left out: a bucket gains from the first moment on, a window gives again when it has ended.
 */
export function steadilyAdmitted({ limiter, beyond }: LimiterEvidence): number | null {
  const { limit, windowMs } = limiter;
  const { isBucket, atOnce } = modelOf(limiter);
  const times = Object.values(beyond).flatMap(({ admitted, fromUs, toUs }) => {
    const windows = (toUs - fromUs) / (windowMs * 1000);
    return windows < minSteady ? [] : [(admitted - atOnce(limiter)) / (limit * (isBucket ? windows : windows - 1))];
  });
  return max(times);
}

/** Bursts shorter than a window that every limiter of the kind has to cut. */
export function challengedBy(bursts: readonly IsolatedBurst[], limiter: DeclaredLimiter): readonly IsolatedBurst[] {
  return bursts.filter(({ attempts, spanMs }) => spanMs < limiter.windowMs && attempts > allowed(limiter, spanMs));
}

/** How many a burst shorter than a window may have admitted, if no edge of a fixed window lies inside. */
export function allowed(limiter: DeclaredLimiter, spanMs: number): number {
  const model = modelOf(limiter);
  return model.isBucket ? model.maxAdmitted(limiter, spanMs) : model.atOnce(limiter);
}
