import type { TargetProfile } from '../profile/profile.ts';
import { burstGapMs, leadMsOf, quietMs, roundGapMs, webhooksOf } from './limits.ts';
import type { PlannedPhase } from './plan.ts';

/** Webhooks of the probes if each has its own; the initial burst has the first. */
export const places = {
  recovery: 1,
  double: 2,
  legitimate: 3,
  noisy: 4,
  quiet: 5,
  forwarded: 6,
  bursts: 7,
  boundary: 17,
};
export const apart = 10;
export const webhooksApart = places.boundary + apart;

/** The initial burst comes first, alone, and takes no longer than this. */
export const initialBurstMs = 2_000;
/** Where and when the next probe begins: side by side, or one after the other with more than a window of quiet between. */
export class Places {
  readonly webhooks: number;
  readonly sideBySide: boolean;
  /** From the start of a probe to its first instant. */
  readonly leadMs: number;
  private readonly gapMs: number;
  private readonly firstMs: number;
  private lastMs: number;

  constructor(profile: TargetProfile, given: number) {
    this.webhooks = webhooksOf(profile, webhooksApart, given);
    this.sideBySide = this.webhooks === webhooksApart || profile.limiter.kind === 'none';
    this.gapMs = Math.max(roundGapMs(profile), burstGapMs(profile));
    // Opening connections uses the limit, too, if it is shared.
    this.leadMs = leadMsOf(profile, this.gapMs);
    this.firstMs = quietMs(profile, given) + initialBurstMs;
    this.lastMs = this.firstMs;
  }

  /** @param leadMs the time that passes in the phase before its first signal. */
  startMs(leadMs = this.leadMs): number {
    return this.sideBySide ? this.firstMs : this.lastMs + Math.max(0, this.gapMs - leadMs);
  }

  webhook(name: keyof typeof places): number {
    return this.webhooks === webhooksApart ? places[name] : 0;
  }

  /** Webhooks of a probe that has several. */
  get several(): number {
    return Math.min(apart, this.webhooks);
  }

  took<T extends PlannedPhase>(phase: T): T {
    this.lastMs = Math.max(this.lastMs, phase.endMs);
    return phase;
  }
}
