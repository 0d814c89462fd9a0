import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { isBucket, mayHaveEdgesInside } from '../interpret/expected-outcome.ts';
import { median } from '../statistics.ts';
import { counted } from '../words.ts';
import { maxAdmitted } from './bounds.ts';
import type { IsolatedBurst } from './isolated-bursts.ts';

/** What the rule knows when it looks for a name. */
export interface LimiterEvidence {
  readonly limiter: DeclaredLimiter;
  readonly bursts: readonly IsolatedBurst[];
  readonly limited: number;
  /** The most surely admitted within one window, anywhere. */
  readonly maxWithinWindow: number;
  /** Whether a fixed window of the same N per W fits the trace. */
  readonly fixedFits: boolean;
  readonly wrongful: number;
  readonly wrongfulAfterRefusals: number;
  /** On the webhook beside a noisy one, and how many it sent. */
  readonly wrongfulOnQuiet: number;
  readonly quietSent: number;
}

/** A name for what admits too many; the bound alone decided that it does. */
export function nameOfExcess({ limiter, bursts, limited, maxWithinWindow, fixedFits }: LimiterEvidence): string {
  const { limit } = limiter;
  if (limited === 0) return 'no limiter: nothing was ever throttled';
  const challenged = challengedBy(bursts, limiter);
  const over = challenged.filter(({ admitted, spanMs }) => admitted > allowed(limiter, spanMs));
  const kept = challenged.length - over.length;
  const open = over.filter(({ limited: refused, attempts }) => refused === 0 && attempts > 2 * limit);
  if (open.length > 0 && open.length >= over.length / 2 && kept > 0) {
    return `fails open: in ${open.length} of ${counted(challenged.length, 'burst')} beyond the limit nothing was throttled`;
  }
  const capped = over.filter(({ limited: refused }) => refused > 0);
  const cap = median(capped.map(({ admitted }) => admitted)) ?? 0;
  const factor = Math.round(cap / limit);
  const most = over.reduce((max, { admitted }) => Math.max(max, admitted), 0);
  const isOneMore = isOneMoreEverywhere(over, maxWithinWindow, limiter);
  if (over.length > challenged.length / 2) {
    if (factor >= 2 && factor <= 16 && Math.abs(cap - factor * limit) <= limit * 0.1) {
      return `${factor} × the limit: the sign of state per worker`;
    }
    const again = capAgainAndAgain(capped, limit);
    if (again !== null && !isOneMore) {
      return most > again + 1
        ? `${again} at once where ${limit} are allowed, again and again, and up to ${most} over other connections: the sign of state per worker`
        : `${again} at once where ${limit} are allowed, again and again: a larger limit, or the sign of state per worker over connections shared out unevenly`;
    }
    if (capped.length < over.length / 2)
      return `at least ${Math.floor(most / limit)} × the limit, which no burst exhausted`;
  }
  const byOne = over.filter(({ admitted, spanMs }) => admitted === allowed(limiter, spanMs) + 1).length;
  if (isOneMore && challenged.length > 0 && byOne >= 0.9 * challenged.length) {
    return `always one more than the limit (in ${byOne} of ${counted(challenged.length, 'burst')})`;
  }
  if (limiter.kind !== 'fixed' && fixedFits && maxWithinWindow >= 1.5 * limit) {
    return `boundary double: ${maxWithinWindow} within ${limiter.windowMs} ms, as a fixed window admits around its edge`;
  }
  if (over.length > 0) {
    return `more than the limit in ${over.length} of ${counted(challenged.length, 'burst')} (up to ${most} admitted): the sign of a check-then-add race`;
  }
  return 'it admits more than its bound';
}

/** A name for what refuses where it must admit. */
export function nameOfRefusals(evidence: LimiterEvidence): string {
  const { limiter, bursts, wrongful, wrongfulAfterRefusals, wrongfulOnQuiet, quietSent } = evidence;
  const refusals = counted(wrongful, 'request');
  const challenged = challengedBy(bursts, limiter).filter(({ doubtful }) => doubtful === 0);
  const most = challenged.reduce((max, { admitted }) => Math.max(max, admitted), 0);
  if (challenged.length > 0 && most < limiter.limit && limiter.burst === null) {
    return `stricter than declared: never more than ${most} of ${limiter.limit} admitted (${refusals} throttled although capacity was available)`;
  }
  if (wrongfulOnQuiet > quietSent / 5) {
    return `one webhook's excess blocks another (${refusals})`;
  }
  if (wrongfulAfterRefusals >= 0.9 * wrongful) {
    return `it counts throttled requests against the client: ${refusals} throttled although capacity was available, all after earlier throttling`;
  }
  return `throttles below the limit: ${refusals} throttled although capacity was available`;
}

/**
 * The most that each burst of a phase had admitted, where that is always the same: kept-alive connections may be shared out
 * unevenly, so that one worker gets fewer than its limit, again and again. What a race lets through scatters. Null where it
 * differs from burst to burst.
 */
function capAgainAndAgain(capped: readonly IsolatedBurst[], limit: number): number | null {
  const phases = [...new Set(capped.map(({ phase }) => phase))];
  const byPhase = phases.map((phase) => capped.filter((burst) => burst.phase === phase));
  const [largest = []] = byPhase.sort((a, b) => b.length - a.length);
  const cap = median(largest.map(({ admitted }) => admitted));
  if (cap === null || largest.length < 3) return null;
  const scatter = cap >= 1.5 * limit ? 1 : 0;
  const alike = largest.filter(({ admitted }) => Math.abs(admitted - cap) <= scatter).length;
  return alike >= 0.8 * largest.length ? cap : null;
}

/** Whether a limit of one more explains all that was seen, wherever that was. */
function isOneMoreEverywhere(
  over: readonly IsolatedBurst[],
  maxWithinWindow: number,
  limiter: DeclaredLimiter,
): boolean {
  const { limit, burst, windowMs } = limiter;
  const oneMore = { ...limiter, limit: limit + 1, burst: burst === null ? null : burst + 1 };
  return (
    maxWithinWindow <= maxAdmitted(oneMore, windowMs) &&
    over.every(
      ({ admitted, spanMs }) =>
        admitted <= (mayHaveEdgesInside(limiter) ? maxAdmitted(oneMore, spanMs) : allowed(limiter, spanMs) + 1),
    )
  );
}

/** Bursts shorter than a window that every limiter of the kind has to cut. */
function challengedBy(bursts: readonly IsolatedBurst[], limiter: DeclaredLimiter): readonly IsolatedBurst[] {
  return bursts.filter(({ attempts, spanMs }) => spanMs < limiter.windowMs && attempts > allowed(limiter, spanMs));
}

/** The most that a burst shorter than a window may have admitted, if no edge of a fixed window lies inside. */
export function allowed(limiter: DeclaredLimiter, spanMs: number): number {
  return isBucket(limiter) ? maxAdmitted(limiter, spanMs) : limiter.limit;
}
