import { pathsAsked, pollsWithin } from '../../../contract/plan/limits.ts';
import type { DeclaredLimiter, TargetProfile } from '../../../contract/profile/profile.ts';
import { duration } from '../../../contract/report/figures.ts';
import type { Count } from '../../interpret/expectations.ts';
import { toleranceUs } from '../../interpret/tolerance.ts';
import { unrecorded } from '../../journal/header-sets.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { Contradictions, longestStepUs } from '../contradictions.ts';
import { Between } from './between.ts';
import { dateLagMs } from './date-lag.ts';
import { Examples } from './examples.ts';
import { bendsForUs, dueInMs, longestWaitMs } from './longest-wait.ts';
import { MinRemaining } from './min-remaining.ts';
import { type Quota, quotasOf, type Reset } from './quotas.ts';

/** What was said of a limit that differs from the declared one. */
interface OtherLimit {
  readonly said: string;
  longestMs: number;
  windowMs: number | null;
  fromUs: number;
  toUs: number;
}

/** Windows are said in whole seconds. */
const isSameWindow = (windowMs: number, limiter: DeclaredLimiter): boolean =>
  Math.abs(windowMs - limiter.windowMs) < 1000;

function isOfDeclared({ limit, windowMs }: Quota, limiter: DeclaredLimiter): boolean {
  const isSameLimit = limit === null || limit === limiter.limit || limit === limiter.burst;
  return isSameLimit && (windowMs === null || isSameWindow(windowMs, limiter));
}

/** Whether it is a further limit that is declared. */
function isOfFurther({ limit }: Quota, { further = [] }: DeclaredLimiter): boolean {
  return further.some((one) => limit === one.limit || (limit !== null && limit === one.burst));
}

const unassigned = 'they tell of several limits, and no RateLimit-Policy says by name which';

/** Why nothing that is said of the declared limit is held against it; null if it is. */
function whyUncompared(
  { limiter: declared }: TargetProfile,
  { further = [], penaltyMs }: DeclaredLimiter,
): string | null {
  if (further.length > 0) return 'another limit may refuse';
  const declaredMs = declared.kind === 'none' ? undefined : declared.penaltyMs;
  return penaltyMs !== declaredMs ? 'its penalty time is not declared' : null;
}

function addTo(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** One count, and what is needed to hold its answers' headers against it. */
interface Judged {
  readonly ledger: Ledger;
  readonly profile: TargetProfile;
  readonly limiter: DeclaredLimiter;
  readonly between: Between;
  readonly min: MinRemaining;
}

/** What answers say of the limit in RateLimit headers, over all counts, and what of it the ledger refutes. */
export class SeenQuotas {
  /** Accepted and throttled requests. */
  answers = 0;
  told = 0;
  unread = 0;
  /** Answers of which only the form was looked at, by the reason. */
  readonly uncompared = new Map<string, number>();
  /** Waits that only fit as milliseconds, and were read so. */
  readonly asMilliseconds = new Examples();
  readonly families = new Set<string>();
  readonly malformed = new Examples();
  /** So many were said to remain, and after fewer the next was throttled. */
  readonly tooMany = new Contradictions();
  /** Fewer were said to remain than there must have been. */
  readonly tooFew = new Contradictions();
  /** Throttled again after the reset, with nothing counted between. */
  readonly tooSoon = new Contradictions();
  readonly tooLate = new Contradictions();
  private readonly others = new Map<number, OtherLimit>();

  add({ ledger, indices }: Pick<Count, 'ledger' | 'indices'>, profile: TargetProfile, limiter: DeclaredLimiter): void {
    let judged: Judged | null = null;
    const reason = whyUncompared(profile, limiter);
    for (const at of indices) {
      const outcome = ledger.outcomeOf(at);
      if (!ledger.isSignal(at) || (outcome !== 'accepted' && outcome !== 'limited')) continue;
      this.answers += 1;
      const headers = ledger.headerSets.of(at);
      if (headers === null) continue;
      if (headers === unrecorded) {
        this.unread += 1;
        continue;
      }
      const { families, quotas, malformed, isUnassigned } = quotasOf(headers);
      if (families.length > 0) this.told += 1;
      for (const family of families) this.families.add(family);
      for (const { said, why } of malformed) this.malformed.add(why, `"${said}" ${why}`);
      if (isUnassigned && quotas.length === 0) addTo(this.uncompared, unassigned);
      if (reason !== null && quotas.some((quota) => isOfDeclared(quota, limiter) || isOfFurther(quota, limiter))) {
        addTo(this.uncompared, reason);
      }
      // A forged address may have a count of its own.
      if (quotas.length === 0 || ledger.roleOf(at) === 'limiter.forwarded') continue;
      judged ??= {
        ...{ ledger, profile, limiter },
        between: new Between(ledger, indices, profile),
        min: new MinRemaining(ledger, indices, profile, limiter),
      };
      for (const quota of quotas) {
        if (isOfDeclared(quota, limiter)) {
          if (reason === null) this.addQuota(judged, at, quota);
        } else if (!isOfFurther(quota, limiter)) this.addOther(quota, ledger, at);
      }
    }
  }

  private addQuota(judged: Judged, at: number, quota: Quota): void {
    const { remaining, reset } = quota;
    const { penaltyMs, penaltyProlonged } = judged.limiter;
    const isRefused = judged.ledger.outcomeOf(at) === 'limited';
    if (remaining !== null) {
      // In a penalty time all is refused, whatever the window has left.
      if (remaining > 0 && !(isRefused && penaltyMs !== undefined)) this.holdTooMany(judged, at, remaining, quota.said);
      if (!isRefused) this.holdTooFew(judged, at, remaining, quota.said);
    }
    const ms = reset === null ? null : this.waitOf(reset, judged.limiter, quota.said);
    if (reset === null || ms === null) return;
    const isLeft = remaining !== null && remaining > 0;
    // A penalty may begin, or begin anew, after the answer, and while some of the quota is left its reset is not the end of it.
    const isSpent =
      penaltyMs === undefined ? isRefused || remaining === 0 : isRefused && !isLeft && penaltyProlonged !== true;
    this.holdReset(judged, at, { ms, isTime: reset.isTime, isSpent, said: quota.said });
  }

  /** A wait without a unit is one of milliseconds if no limiter of the kind can mean so many seconds. One step of its clock may be in it. */
  private waitOf({ ms, orMs, isTime }: Reset, limiter: DeclaredLimiter, said: string): number | null {
    const maxMs = longestWaitMs(limiter, isTime);
    const steppedMs = maxMs + longestStepUs / 1000;
    if (ms === null || orMs === undefined || ms <= maxMs || orMs > steppedMs) return ms;
    if (ms > steppedMs) this.asMilliseconds.add('ms', `"${said}" looks like milliseconds, and was read so`);
    return orMs;
  }

  /** Without requests what remains never falls, whatever the kind. */
  private holdTooMany(
    { ledger, profile, limiter, between }: Judged,
    at: number,
    remaining: number,
    said: string,
  ): void {
    const refusal = between.nextRefused(ledger.endUs(at) + 2 * toleranceUs);
    if (refusal === null || ledger.roleOf(refusal) === 'limiter.forwarded') return;
    const asked = pathsAsked(profile, limiter);
    const spanMs = (ledger.endUs(refusal) - ledger.sendUs(at)) / 1000;
    const max = between.maxBetween(at, refusal) + pollsWithin(asked, spanMs);
    if (max >= remaining) return;
    this.tooMany.add({
      fromUs: ledger.sendUs(at) - limiter.windowMs * 1000 - longestStepUs,
      toUs: ledger.endUs(refusal),
      beyondOneStep: false,
      text: () => `"${said}", but after max ${max} more a request was throttled ${spanMs.toFixed(0)} ms later`,
    });
  }

  private holdTooFew({ ledger, min, limiter }: Judged, at: number, remaining: number, said: string): void {
    const known = min.after(at);
    if (known === null || remaining >= known.remaining) return;
    const { remaining: minRemaining, sinceUs } = known;
    this.tooFew.add({
      fromUs: Math.min(sinceUs, ledger.sendUs(at) - limiter.windowMs * 1000) - longestStepUs,
      toUs: ledger.endUs(at),
      beyondOneStep: false,
      text: () => `"${said}", where min ${minRemaining} of ${limiter.limit} remained`,
    });
  }

  private holdReset(
    { ledger, profile, limiter, between }: Judged,
    at: number,
    { ms, isTime, isSpent, said }: { ms: number; isTime: boolean; isSpent: boolean; said: string },
  ): void {
    const maxMs = longestWaitMs(limiter, isTime);
    const waitMs = Math.round(isTime ? ms - dateLagMs(ledger, at) : ms);
    if (waitMs > maxMs) {
      const byDate = isTime ? " by the server's Date" : '';
      this.tooLate.add({
        fromUs: ledger.sendUs(at) - bendsForUs(limiter),
        toUs: ledger.endUs(at),
        beyondOneStep: waitMs > maxMs + longestStepUs / 1000,
        text: () => `"${said}": a reset in ${duration(waitMs)}${byDate}, for a window of ${duration(limiter.windowMs)}`,
      });
    }
    if (!isSpent || pathsAsked(profile, limiter) > 0) return;
    // A weighted counter may name the edge of its window, though the window before still counts after it.
    const slackMs = limiter.kind === 'unknown' || limiter.kind === 'weighted' ? limiter.windowMs : 0;
    const refusal = between.nextRefused(ledger.endUs(at) + (dueInMs(ms, isTime) + slackMs) * 1000 + 2 * toleranceUs);
    if (refusal === null || !between.isIdle(at, refusal)) return;
    this.tooSoon.add({
      fromUs: ledger.sendUs(at) - longestStepUs,
      toUs: ledger.endUs(refusal),
      beyondOneStep: false,
      text: () =>
        `"${said}", but throttled again ${((ledger.sendUs(refusal) - ledger.endUs(at)) / 1000).toFixed(0)} ms later with nothing admitted between`,
    });
  }

  private addOther({ limit, windowMs, reset, said }: Quota, ledger: Ledger, at: number): void {
    if (limit === null) return;
    const [sendUs, ms] = [ledger.sendUs(at), reset?.ms ?? Number.POSITIVE_INFINITY];
    const seen = this.others.get(limit) ?? { said, longestMs: 0, windowMs, fromUs: sendUs, toUs: sendUs };
    seen.longestMs = Math.max(seen.longestMs, ms);
    seen.fromUs = Math.min(seen.fromUs, sendUs);
    seen.toUs = Math.max(seen.toUs, sendUs);
    if (this.others.size < 100) this.others.set(limit, seen);
  }

  /**
   * Limits that are said to be another than the declared one. A `wrong` one has the declared window: by its own word, or because
   * it is never said to be longer, over more than twice as long a time. Any other may be a second limit.
   */
  otherLimits(limiter: DeclaredLimiter): { readonly wrong: readonly string[]; readonly second: readonly string[] } {
    const maxMs = longestWaitMs(limiter, true);
    const wrong: string[] = [];
    const second: string[] = [];
    for (const { said, longestMs, windowMs, fromUs, toUs } of this.others.values()) {
      const isOfWindow =
        windowMs === null ? longestMs <= maxMs && toUs - fromUs > 2000 * maxMs : isSameWindow(windowMs, limiter);
      (isOfWindow ? wrong : second).push(said);
    }
    return { wrong, second };
  }
}
