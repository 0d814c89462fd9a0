import { pathsAsked, pollsWithin } from '../../../contract/plan/limits.ts';
import type { DeclaredLimiter, LimiterKind, TargetProfile } from '../../../contract/profile/profile.ts';
import { type BucketMinimum, polledMinimum } from '../../interpret/bucket.ts';
import { modelOf } from '../../interpret/kinds/models.ts';
import { slowestRefill } from '../../interpret/kinds/token-bucket.ts';
import { decidedByUs } from '../../interpret/quota-use.ts';
import { clockLagUs, maxShownUs, toleranceUs } from '../../interpret/tolerance.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { countBelow, mapped } from '../../statistics.ts';

export interface Min {
  readonly remaining: number;
  /** What came before this cannot matter to it. */
  readonly sinceUs: number;
}

/**
 * The least that a limiter of the kind can have left after a request, whichever of those in flight were counted, refused ones
 * too: N less all that touches the window before it, or what a bucket holds at least. The figure may be worked out at any
 * moment between send and end. A weighted counter looks back two windows, so an undeclared kind does. One that is refilled in
 * steps gains all that it holds within ⌈B/N⌉·W, wherever the steps lie.
 */
export class MinRemaining {
  private readonly sends: Float64Array;
  private readonly ends: Float64Array;
  private readonly bucket: BucketMinimum | null;
  /** How far back a window reaches; null if the kind has none. */
  private readonly lookBackUs: number | null;
  private readonly lagUs: number;
  private readonly limit: number;
  private readonly blindUntilUs: number;
  private readonly ledger: Ledger;

  /** @param indices in order of sending. */
  constructor(ledger: Ledger, indices: Uint32Array, profile: TargetProfile, limiter: DeclaredLimiter) {
    const { kind, limit, windowMs, scope } = limiter;
    this.ledger = ledger;
    this.lagUs = clockLagUs(limiter);
    this.sends = mapped(indices, (at) => ledger.sendUs(at));
    this.ends = mapped(indices, (at) => decidedByUs(ledger, at)).sort();
    const most = modelOf(limiter).atOnce(limiter);
    const lookBackMs = windowMs * windowsLookedBack(kind, most / limit);
    this.lookBackUs = lookBackMs > 0 ? lookBackMs * 1000 : null;
    // The monitor asks each path once a second, and no ledger has it.
    const asked = pathsAsked(profile, limiter);
    this.limit = (kind === 'stepped-bucket' ? most : limit) - pollsWithin(asked, lookBackMs);
    const perUs = slowestRefill(limiter) - asked / 1e6;
    const hasBucket = (modelOf(limiter).isBucket && kind !== 'delaying') || kind === 'unknown';
    this.bucket = hasBucket ? polledMinimum(this.ends, most, slowestRefill(limiter), asked) : null;
    const isShared = profile.provisioning.kind === 'given' || scope !== 'webhook';
    const memoryUs = Math.max(this.lookBackUs ?? 0, perUs > 0 ? most / perUs : 0);
    this.blindUntilUs = isShared ? (this.sends[0] ?? 0) + memoryUs : 0;
  }

  /** Requests in order of sending; null if nothing is certain. */
  after(at: number): Min | null {
    const [sendUs, endUs] = [this.ledger.sendUs(at), this.ledger.endUs(at)];
    const level = this.bucket?.at(sendUs - toleranceUs - this.lagUs) ?? null;
    if (sendUs < this.blindUntilUs || (this.lookBackUs === null && level === null)) return null;
    const begun = countBelow(this.sends, endUs + toleranceUs);
    let remaining = Number.POSITIVE_INFINITY;
    let sinceUs = sendUs;
    if (this.lookBackUs !== null) {
      sinceUs = sendUs - this.lookBackUs;
      remaining = this.limit - (begun - countBelow(this.ends, sendUs - maxShownUs(this.lookBackUs, this.lagUs)));
    }
    if (level !== null && this.bucket !== null) {
      sinceUs = Math.min(sinceUs, this.bucket.knownSinceUs);
      // Without the hair, what is a whole number on paper rises above it in floating point.
      remaining = Math.min(remaining, Math.floor(level - (begun - this.bucket.charged) - 1e-6));
    }
    return { remaining, sinceUs };
  }
}

/** How many windows a limiter of the kind looks back; 0 if it has none. */
function windowsLookedBack(kind: LimiterKind, steps: number): number {
  switch (kind) {
    case 'sliding':
    case 'fixed':
    case 'fixed-from-first-hit':
      return 1;
    case 'weighted':
    case 'unknown':
      return 2;
    case 'stepped-bucket':
      return Math.ceil(steps);
    default:
      return 0;
  }
}
