import type { TargetProfile } from '../profile/profile.ts';
import { barrierLeadMs, limitOf, phases, windowMs } from './plan.ts';
import type { Sizes } from './sizes.ts';
import type { VuGroups } from './timetable.ts';

/**
 * The limit just before an instant and the limit just after it, at many phases of the window. A window before each instant
 * goes one signal alone, the priming request, with which a window counted from its first hit begins: it ends at the instant, too.
 */
export interface BoundaryProbe extends VuGroups {
  /** Phases of the window. */
  readonly count: number;
  /** Steps that lie within one window, each on a webhook of its own. */
  readonly perRound: number;
  readonly windowMs: number;
  readonly firstWebhook: number;
  /** Signals before the instant, and again after it. */
  readonly signals: number;
  readonly halfGapMs: number;
}

/** From one phase to the next on the same webhook: one window to the priming request, one of quiet, one for the phase's own place. */
const roundWindows = 3;
const maxAtOnce = 30;
const answersMs = 500;

export function boundaryProbe(
  startMs: number,
  firstWebhook: number,
  webhooks: number,
  sizes: Sizes,
  profile: TargetProfile,
): BoundaryProbe {
  const window = windowMs(profile);
  const signals = limitOf(profile);
  const count = sizes.RATE_LIMIT_OFFSETS;
  const perRound = Math.min(webhooks, count);
  const rounds = Math.ceil(count / perRound);
  return {
    phase: phases.probeBoundary,
    startMs,
    // A window for the priming request, up to one until the clock is at a multiple of it, and one for the phases of the last round.
    endMs: startMs + barrierLeadMs + (3 + roundWindows * (rounds - 1)) * window + answersMs,
    steps: rounds * perRound,
    vusPerGroup: 1 + 2 * Math.min(signals, maxAtOnce),
    groups: Math.min(perRound, 3),
    count,
    perRound,
    windowMs: window,
    firstWebhook,
    signals,
    // Half the distance of two phases: from ten phases on, some phase has its signals on both sides of any instant at which
    // the server's windows may begin.
    halfGapMs: Math.max(10, Math.ceil(Math.min(window / 20, window / (2 * count)))),
  };
}

/**
 * The instant of step n, in milliseconds since the epoch, its phase of the window and its webhook; null for a step beyond the
 * last phase. Phase 0 is a multiple of the window, where most servers with fixed windows begin them.
 * @param readyAtMs when setup ended, since the epoch.
 */
export function boundaryAt(plan: BoundaryProbe, readyAtMs: number, n: number) {
  const { count, perRound, windowMs: window } = plan;
  const round = Math.floor(n / perRound);
  const place = n % perRound;
  const phase = place * (plan.steps / perRound) + round;
  if (phase >= count) return null;
  const firstMs = Math.ceil((readyAtMs + plan.startMs + barrierLeadMs) / window + 1) * window;
  return {
    atMs: firstMs + (roundWindows * round + phase / count) * window,
    phase,
    webhook: plan.firstWebhook + place,
  } as const;
}
