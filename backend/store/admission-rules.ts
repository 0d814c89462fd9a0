import type { Faults } from '../faults.ts';
import type { BackendSettings } from '../settings.ts';
import type { LimiterName, LimiterSize } from './limiters/limiter.ts';

/** By which rules claims are decided. */
export interface AdmissionRules extends LimiterSize {
  readonly limiter: LimiterName;
  /** 0 remembers no key. */
  readonly ttlMs: number;
  /** Whether the limiter counts a repeat before it is recognized. */
  readonly limiterFirst: boolean;
  readonly repeatRefreshes: boolean;
  readonly refusalsCount: boolean;
}

export function admissionRules(settings: BackendSettings, faults: Faults): AdmissionRules {
  const { limiter, limit, windowMs, burst, ttlMs, limiterFirst } = settings;
  const fixed = faults.has('limiter-fixed') ? 'fixed' : limiter;
  return {
    limiter: faults.has('limiter-absent') ? 'none' : fixed,
    limit: faults.has('limiter-plus-one') ? limit + 1 : limit,
    windowMs,
    burst: faults.has('limiter-plus-one') ? burst + 1 : burst,
    ttlMs: Math.round(ttlMs * (1 - faults.share('ttl-short') + faults.share('ttl-long'))),
    limiterFirst: limiterFirst || faults.has('duplicates-use-quota'),
    repeatRefreshes: faults.has('ttl-refreshed'),
    refusalsCount: faults.has('limiter-counts-refusals'),
  };
}
