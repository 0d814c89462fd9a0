import { pathsAsked } from '../../contract/plan/limits.ts';
import { largest, limitsOf } from '../../contract/profile/declared-limits.ts';
import type { DeclaredLimiter, TargetProfile } from '../../contract/profile/profile.ts';
import { duration } from '../../contract/report/figures.ts';
import type { Count } from '../interpret/expectations.ts';
import { mustBeAdmitted } from '../interpret/expected-outcome.ts';
import { decidedByUs, isSharedLimit, usesQuota } from '../interpret/quota-use.ts';
import type { Run } from '../interpret/run.ts';
import { max } from '../statistics.ts';
import { counted } from '../words.ts';
import { isAdmittedAgainIn } from './admitted-again.ts';
import { type NamedFault, named } from './named-fault.ts';

/** What counts show that were without requests for longer than anything declared lasts, and were refused all the same. */
export interface Lockouts {
  readonly counts: number;
  /** Of these: those of which something was refused. */
  readonly throttled: number;
  /** Of these: refused from a long quiet on to the end of the run. */
  readonly lockedOut: number;
  /** Of these counts: refused although it must be admitted, after the last admission. */
  readonly refusals: number;
  readonly longestQuietMs: number;
  /** Something was admitted after a refusal, on any count. */
  readonly isAdmittedAgain: boolean;
  /** Refusals of what must be admitted, after a quiet that ends every window that requests renew. */
  readonly refutesRenewal: boolean;
}

/** Far longer than anything declared lasts, as multiples of it: a window somewhat longer than declared has ended by then. */
export const minLockedOut = 3;
/** What requests renew has ended by then, though it be longer than declared. */
const minNotRenewed = 2;
/** Fewer refusals to the end may be chance. */
const minRefused = 4;

/**
 * Who is locked out. Where others are admitted again, only what began before their last admission counts: a limiter that fails closed at the
 * end of a run refuses all alike.
 */
export function lockoutsIn(run: Run, limiter: DeclaredLimiter): Lockouts | null {
  const { profile } = run.manifest;
  // What the monitor asks is not in the ledger: no quiet is sure.
  if (pathsAsked(profile, limiter) > 0) return null;
  const counts = run.scenarios.flatMap((scenario) => run.expectations.countsOf(scenario));
  const traces = counts.map((count) => traceOf(count, profile, limiter));
  const lastAdmittedUs = max(traces.map((trace) => trace.lastAdmittedUs)) ?? 0;
  const isAdmittedAgain = isAdmittedAgainIn(counts);
  // Scenarios share the keys of given webhooks.
  const isKept = profile.provisioning.kind === 'given' || isSharedLimit(limiter);
  const isAdmittedLater = ({ webhook }: Trace, fromUs: number): boolean =>
    isKept && traces.some((other) => other.webhook === webhook && other.lastAdmittedUs > fromUs);
  const found = traces.flatMap((trace) => {
    const { lockout } = trace;
    return lockout === null || isAdmittedLater(trace, lockout.fromUs) ? [] : [lockout];
  });
  const isBelieved = !isAdmittedAgain || found.some(({ fromUs }) => fromUs < lastAdmittedUs);
  const believed = isBelieved ? found : [];
  return {
    counts: counts.length,
    throttled: traces.filter(({ isThrottled }) => isThrottled).length,
    lockedOut: believed.length,
    refusals: believed.reduce((sum, { refusals }) => sum + refusals, 0),
    longestQuietMs: (max(believed.map(({ quietUs }) => quietUs)) ?? 0) / 1000,
    isAdmittedAgain,
    refutesRenewal: traces.some((trace) => trace.refutesRenewal),
  };
}

interface Lockout {
  /** When the first request after the quiet was sent. */
  readonly fromUs: number;
  readonly quietUs: number;
  readonly refusals: number;
}

interface Trace {
  readonly webhook: number | null;
  readonly isThrottled: boolean;
  readonly lastAdmittedUs: number;
  readonly refutesRenewal: boolean;
  readonly lockout: Lockout | null;
}

/** Refusals since the last request that may have been admitted. */
interface Stretch {
  refusals: number;
  afterQuiet: number;
  quietUs: number;
  fromUs: number;
}

const noStretch = (): Stretch => ({ refusals: 0, afterQuiet: 0, quietUs: 0, fromUs: 0 });

function traceOf({ ledger, indices, expected }: Count, profile: TargetProfile, limiter: DeclaredLimiter): Trace {
  const lastsUs = longestMs(limiter) * 1000;
  let stretch = noStretch();
  let isThrottled = false;
  let lastAdmittedUs = Number.NEGATIVE_INFINITY;
  let quietSinceUs = Number.POSITIVE_INFINITY;
  let refutesRenewal = false;
  const owed = new Owed(limiter);
  indices.forEach((at, n) => {
    const sendUs = ledger.sendUs(at);
    const quietUs = sendUs - quietSinceUs;
    const isPaid = owed.isPaidAt(sendUs);
    if (usesQuota(ledger, at, profile) !== 'no') {
      stretch = noStretch();
      if (ledger.outcomeOf(at) === 'accepted') lastAdmittedUs = Math.max(lastAdmittedUs, sendUs);
    } else if (ledger.outcomeOf(at) === 'limited') {
      isThrottled = true;
      const isWrongful = mustBeAdmitted(expected()[n] ?? 0);
      if (isWrongful) stretch.refusals += 1;
      refutesRenewal ||= isWrongful && quietUs > minNotRenewed * lastsUs;
      if (isWrongful && isPaid && quietUs > minLockedOut * lastsUs) {
        if (stretch.afterQuiet === 0) stretch.fromUs = sendUs;
        stretch.quietUs = Math.max(stretch.quietUs, quietUs);
        stretch.afterQuiet += 1;
      } else if (stretch.afterQuiet > 0) stretch.afterQuiet += 1;
    }
    const byUs = decidedByUs(ledger, at);
    quietSinceUs = Number.isFinite(quietSinceUs) ? Math.max(quietSinceUs, byUs) : byUs;
  });
  const isLockedOut = stretch.afterQuiet >= minRefused && Number.isFinite(lastAdmittedUs);
  const lockout = isLockedOut ? stretch : null;
  const [first] = indices;
  const webhook = first === undefined || isSharedLimit(limiter) ? null : ledger.webhookOf(first);
  return { webhook, isThrottled, lastAdmittedUs, refutesRenewal, lockout };
}

/** What a bucket would owe from which refused requests take, too: it gives again when that is paid. */
class Owed {
  private readonly perUs: number;
  private readonly most: number;
  private tokens: number;
  private lastUs: number | null = null;

  constructor({ limit, windowMs, burst }: DeclaredLimiter) {
    this.perUs = limit / (windowMs * 1000);
    this.most = burst ?? limit;
    this.tokens = this.most;
  }

  /** Takes one. */
  isPaidAt(sendUs: number): boolean {
    this.tokens = Math.min(this.most, this.tokens + Math.max(0, sendUs - (this.lastUs ?? sendUs)) * this.perUs);
    this.lastUs = sendUs;
    const isPaid = this.tokens >= 1;
    this.tokens -= 1;
    return isPaid;
  }
}

/** The longest that anything declared lasts after a request. */
const longestMs = (limiter: DeclaredLimiter): number =>
  Math.max(
    limiter.penaltyMs ?? 0,
    largest(limitsOf(limiter), ({ windowMs }) => windowMs),
  );

/** So few are no fault of their own: a key that stays full is known as such only after its quiet. */
const maxElsewhere = 0.1;

/** A name for refusals of which most are of those locked out; else null. */
export function nameOfLockouts(found: Lockouts, wrongful: number, { scope }: DeclaredLimiter): NamedFault | null {
  const { counts, lockedOut, throttled, refusals, longestQuietMs, isAdmittedAgain } = found;
  if (lockedOut === 0 || refusals < wrongful / 2) return null;
  const noun = scope === 'webhook' ? 'webhook' : 'key';
  const quiet = `even after ${duration(Math.round(longestQuietMs))} without a request`;
  const all = `${counted(wrongful, 'request')} throttled although capacity was available`;
  if (!isAdmittedAgain) {
    return named(
      `never lets anybody in again: keys that never expire, or a block that is not declared (on ${counted(throttled, noun)} nothing was admitted after a refusal, not ${quiet}; ${all})`,
      'key that never expires',
    );
  }
  const elsewhere = wrongful - refusals;
  return named(
    `a key never expired on ${lockedOut} of ${counted(counts, noun)}: all was throttled to the end of the run, ${quiet} (${all}${elsewhere > 0 ? `, ${elsewhere} of them elsewhere` : ''})`,
    'key that never expires',
    ...(elsewhere > maxElsewhere * wrongful ? (['stricter limit'] as const) : []),
  );
}
