import type { Faults } from '../faults.ts';
import type { BackendSettings } from '../settings.ts';
import type { NamedLimit, QuotaLimits } from './limiters/limiter.ts';

/** By which rules claims are decided. */
export interface AdmissionRules extends QuotaLimits {
  /** For how long at most a limit remembers what it counted. */
  readonly limiterMemoryMs: number;
  /** 0 remembers no key. */
  readonly ttlMs: number;
  /** Keys are forgotten once in this time; 0 forgets each on its own. */
  readonly sweepMs: number;
  /** Whether the limiter counts a repeat before it is recognized. */
  readonly limiterFirst: boolean;
  readonly repeatRefreshes: boolean;
  readonly refusalsCount: boolean;
}

export function admissionRules(settings: BackendSettings, faults: Faults): AdmissionRules {
  const { limiter, limit, windowMs, burst, ttlMs, limiterFirst, further, penaltyMs, penaltyProlonged } = settings;
  const one = faults.has('limiter-plus-one') ? 1 : 0;
  const first = { limiter: faults.has('limiter-fixed') ? ('fixed' as const) : limiter, limit, windowMs, burst };
  const limits = faults.has('limiter-absent') ? [] : [first, ...further].map((each) => moreBy(one, each));
  return {
    limits,
    penaltyMs: Math.round(penaltyMs * (1 + faults.share('limiter-penalty-long'))),
    penaltyProlonged,
    limiterMemoryMs: limiterMemoryMs(settings),
    ttlMs: Math.round(ttlMs * (1 - faults.share('ttl-short') + faults.share('ttl-long'))),
    sweepMs: faults.value('keys-swept') ?? 0,
    limiterFirst: limiterFirst || faults.has('duplicates-use-quota'),
    repeatRefreshes: faults.has('ttl-refreshed'),
    refusalsCount: faults.has('limiter-counts-refusals'),
  };
}

/** A bucket that is refilled in steps is only made larger: it gains as much as before. */
function moreBy(one: number, limit: NamedLimit): NamedLimit {
  return {
    ...limit,
    limit: limit.limiter === 'stepped-bucket' ? limit.limit : limit.limit + one,
    burst: limit.burst + one,
  };
}

/** A weighted counter looks at two windows, a bucket at the time that it takes to fill up. */
export function limiterMemoryMs({ limiter, limit, windowMs, burst, further }: BackendSettings): number {
  return [{ limiter, limit, windowMs, burst }, ...further].reduce((longest, each) => {
    const windows = each.limiter === 'weighted' ? 2 : Math.max(1, Math.ceil(each.burst / each.limit));
    return Math.max(longest, windows * each.windowMs);
  }, 0);
}
