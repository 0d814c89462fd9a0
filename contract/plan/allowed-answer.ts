import type { TargetProfile } from '../profile/profile.ts';
import { defaultThresholds } from '../report/default-thresholds.ts';
import type { Sizes } from './sizes.ts';

/** For the way there and back, and for k6 to hand its VUs over to the next phase. */
const spareMs = 500;

/** How long a limiter may keep a request waiting; 0 if it refuses instead. */
export function longestDelayMs({ limiter }: TargetProfile): number {
  return limiter.kind === 'delaying' ? ((limiter.burst ?? limiter.limit) * limiter.windowMs) / limiter.limit : 0;
}

/**
 * How long an answer may take that the profile allows, if that is more than the default; else 0. A cycle of load cuts what is still under way when the next one begins, so the rest
 * between them is at least that long: what is cut later had its time.
 *
 *     criteria.anyResponse.failMs = 6000: 6.5 s
 */
export function allowedAnswerMs(profile: TargetProfile, { REQUEST_TIMEOUT_MS }: Sizes): number {
  const { p95Response, anyResponse } = profile.criteria;
  const allowedMs = Math.max(p95Response.failMs, anyResponse.failMs, longestDelayMs(profile));
  if (allowedMs <= defaultThresholds.anyResponse.failMs) return 0;
  return Math.ceil(Math.min(allowedMs, REQUEST_TIMEOUT_MS)) + spareMs;
}
