import { type DeclaredLimit, largest, limitsOf } from '../../../contract/profile/declared-limits.ts';
import type { DeclaredLimiter } from '../../../contract/profile/profile.ts';
import { modelOf } from '../../interpret/kinds/models.ts';
import { longestStepUs } from '../contradictions.ts';

/** Rounding up to whole seconds may add this (RFC 9110, 10.2.3). */
const roundingMs = 1000;
/** A time of whole seconds, held against a Date that servers renew once a second, may add this as well. */
const clockRoundingMs = 2000;

/**
 * The longest wait that a limiter of the kind can mean, in milliseconds, rounding included: until a window has passed, or a
 * bucket is full again, or the penalty time is over. An undeclared kind may be a weighted counter, which remembers two windows.
 */
export function longestWaitMs(limiter: DeclaredLimiter, isTime: boolean): number {
  const longestMs = Math.max(limiter.penaltyMs ?? 0, largest(limitsOf(limiter), longestOf));
  return longestMs + roundingMs + (isTime ? clockRoundingMs : 0);
}

function longestOf(limit: DeclaredLimit): number {
  const { kind, windowMs } = limit;
  const windows = modelOf(limit).atOnce(limit) / limit.limit;
  const fillMs = (kind === 'stepped-bucket' ? Math.ceil(windows) : windows) * windowMs;
  return Math.max(kind === 'unknown' || kind === 'weighted' ? 2 * windowMs : windowMs, fillMs);
}

/** When what is promised in `ms` from now is due at the latest: a time of whole seconds may be rounded down. */
export const dueInMs = (ms: number, isTime: boolean): number => Math.max(0, ms + (isTime ? 1000 : 0));

/** For how long before an answer a step of the clock may bend what it promises. */
export const bendsForUs = ({ windowMs, penaltyMs = 0 }: DeclaredLimiter): number =>
  Math.max(windowMs, penaltyMs) * 1000 + longestStepUs;
