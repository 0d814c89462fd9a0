import type { TargetProfile } from '../../profile/profile.ts';
import { capacity } from '../limits.ts';
import type { PlannedPhase } from '../plan.ts';
import { highestRate } from '../ramp.ts';

/**
 * Whether a phase surely sends more to one webhook than its first limit admits: what exceeds it is refused, and is no legitimate
 * request. False for signals that are sent again, of which nobody knows how often.
 */
export function goesBeyondLimit({ schedule }: Pick<PlannedPhase, 'schedule'>, profile: TargetProfile): boolean {
  const { limiter } = profile;
  if (limiter.kind === 'none') return false;
  const perMs = limiter.limit / limiter.windowMs;
  switch (schedule.kind) {
    case 'rate':
      return schedule.rate / schedule.perMs > perMs * schedule.webhooks;
    case 'ramp':
      return highestRate(schedule) / schedule.perMs > perMs * schedule.webhooks;
    case 'rounds':
    case 'burst':
      return schedule.vusPerGroup / schedule.webhooks > capacity(profile);
    case 'copies':
      return !repeatsAreUncounted(profile) && schedule.vusPerGroup > capacity(profile);
    case 'replay':
      return maxWithin(schedule.timesMs, limiter.windowMs) / schedule.webhooks > capacity(profile);
    default:
      return false;
  }
}

const repeatsAreUncounted = ({ idempotency }: TargetProfile): boolean =>
  idempotency.kind === 'ttl' && idempotency.order === 'before-limiter';

/** The most of some times, in order, that lie within so long. */
export function maxWithin(timesMs: readonly number[], windowMs: number): number {
  let [max, first] = [0, 0];
  timesMs.forEach((atMs, n) => {
    while ((timesMs[first] ?? 0) <= atMs - windowMs) first += 1;
    max = Math.max(max, n - first + 1);
  });
  return max;
}
