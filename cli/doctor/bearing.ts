import { atOnce, blindMs, isShared, quietMs, safeGapMs } from '../../contract/plan/limits.ts';
import { coarseKeyWords, isKeyShared } from '../../contract/profile/idempotency-key.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';

/** What the checks may send, so that a run after them finds the server as it would without them. */
export interface Bearing {
  /** Why no signal may be sent; null: some may. */
  readonly withoutSignals: string | null;
  /** Requests that may be sent at all before the limiter counts them together; infinite where it does not. */
  readonly requests: number;
  /** Between two signals to one webhook. */
  readonly gapMs: number;
  /** From the last request to the first of a run: until then the limiter may count both together. */
  readonly quietMs: number;
}

/** A run waits for no longer than this after the checks; the plan itself waits for longer windows. */
const maxQuietMs = 5_000;
/** Two right signals, a repeat and a false one; or one that is refused, and three that look for the cause. */
const signalsOfChecks = 4;
const maxGapMs = 1_000;

/**
 * @param given how many webhooks are given; 0 if they are created.
 * @param isBeforeRun whether load follows.
 */
export function bearingOf(profile: TargetProfile, given: number, isBeforeRun: boolean): Bearing {
  const blind = blindMs(profile, given) ?? 0;
  const gapMs = safeGapMs(profile);
  const isTight = profile.limiter.kind !== 'none' && atOnce(profile) < signalsOfChecks;
  return {
    withoutSignals: isBeforeRun ? whyWithout(profile, given, blind) : null,
    requests: isShared(profile) ? atOnce(profile) : Number.POSITIVE_INFINITY,
    gapMs: isTight && gapMs <= maxGapMs ? gapMs : 0,
    quietMs: isBeforeRun && blind <= maxQuietMs ? blind : 0,
  };
}

function whyWithout(profile: TargetProfile, given: number, blind: number): string | null {
  const isNew = given === 0 && profile.provisioning.kind === 'create';
  if (coarseKeyWords(profile) !== null && (!isNew || isKeyShared(profile))) {
    return 'the idempotency key holds no id: a signal now would make one of the run a repeat';
  }
  const isWaitedFor = blind <= maxQuietMs || quietMs(profile, given) >= blind;
  return isWaitedFor
    ? null
    : `the limiter counts a signal for ${Math.ceil(blind / 1000)} s: it would take quota from the run`;
}
