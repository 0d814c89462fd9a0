import type { TargetProfile } from '../profile/profile.ts';
import { type BoundaryProbe, boundaryProbe } from './boundary-probe.ts';
import { barrierLeadMs, capacity, limitOf, phases, roundGapMs, webhooksOf, windowMs } from './plan.ts';
import type { Sizes } from './sizes.ts';
import { type Timetable, timetable } from './timetable.ts';

/** A constant arrival rate on one webhook. */
export interface Steady {
  readonly phase: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly perMinute: number;
  readonly webhook: number;
  /** Of its signals' ids. */
  readonly idPrefix: string;
}

/** Distinct signals at the instant of each step. */
export interface BurstProbe extends Timetable {
  readonly signals: number;
}

export interface Recovery extends BurstProbe {
  /** After the burst one signal goes this often … */
  readonly pollMs: number;
  /** … until one is admitted, but no longer than this. */
  readonly pollForMs: number;
}

export interface RateLimitPlan {
  readonly webhooks: number;
  /** Signals of initial_burst: twice what the limiter takes at once, or more where the size says so. */
  readonly initialBurst: number;
  readonly steady: readonly Steady[];
  readonly recovery: Recovery;
  readonly forwarded: BurstProbe;
  readonly bursts: BurstProbe;
  readonly boundary: BoundaryProbe;
  readonly endMs: number;
}

/** Webhooks of the probes where each has its own; `initial_burst` has the first. */
const places = { recovery: 1, double: 2, legitimate: 3, noisy: 4, quiet: 5, forwarded: 6, bursts: 7, boundary: 17 };
const apart = 10;
const webhooksApart = places.boundary + apart;

/** initial_burst comes first, alone, and takes no longer than this. */
const initialBurstMs = 2_000;
const answersMs = 500;
/** VUs that send a burst; a larger one is dealt out to them. */
const maxAtOnce = 30;

/** Three times what can be taken at once, but no more than 30 where these exceed it clearly. */
const burstSize = (most: number): number => Math.max(Math.min(3 * most, maxAtOnce), Math.ceil(1.5 * most));

/**
 * rate-limit: which probe runs when on which webhook. Side by side where each has webhooks of its own, else one after the
 * other with more than a window of quiet between.
 * @param given webhooks that are given; 0 where they are created.
 */
export function rateLimitPlan(sizes: Sizes, profile: TargetProfile, given: number): RateLimitPlan {
  const window = windowMs(profile);
  const limit = limitOf(profile);
  const most = capacity(profile);
  const webhooks = webhooksOf(profile, webhooksApart, given);
  const sideBySide = webhooks === webhooksApart;
  const place = (name: keyof typeof places): number => (sideBySide ? places[name] : 0);
  const sharedOut = sideBySide ? apart : Math.min(apart, webhooks);
  const probeMs = sizes.RATE_LIMIT_PROBE_SECONDS * 1000;

  let startMs = sideBySide ? initialBurstMs : initialBurstMs + roundGapMs(profile);
  let lastMs = startMs;
  /** Takes a probe that begins now; the next one begins now, too, or after it. */
  function take<T extends { readonly endMs: number }>(probe: T): T {
    lastMs = Math.max(lastMs, probe.endMs);
    if (!sideBySide) startMs = lastMs + roundGapMs(profile);
    return probe;
  }

  function steady(phase: string, idPrefix: string, perWindow: number, webhook: number): Steady {
    const perMinute = Math.max(1, Math.floor((perWindow * 60_000) / window));
    return { phase, startMs, endMs: startMs + probeMs, perMinute, webhook, idPrefix };
  }

  type Where = Pick<Timetable, 'everyMs' | 'steps' | 'firstWebhook' | 'webhooks'>;
  function burstProbe(phase: string, signals: number, stepMs: number, where: Where): BurstProbe {
    const vusPerGroup = Math.min(signals, maxAtOnce);
    return { ...timetable({ phase, startMs, leadMs: barrierLeadMs, stepMs, vusPerGroup, ...where }), signals };
  }

  const pollForMs = 3 * window;
  const againMs = pollForMs + roundGapMs(profile);
  const recovery = take({
    ...burstProbe(phases.probeRecovery, 3 * most, pollForMs, {
      everyMs: againMs,
      steps: Math.max(1, Math.floor(probeMs / againMs)),
      firstWebhook: place('recovery'),
      webhooks: 1,
    }),
    pollMs: Math.max(10, Math.round(window / 20)),
    pollForMs,
  });
  const forwarded = take(
    burstProbe(phases.probeForwarded, 3 * most, answersMs, {
      everyMs: answersMs,
      steps: 1,
      firstWebhook: place('forwarded'),
      webhooks: 1,
    }),
  );
  const boundary = take(boundaryProbe(startMs, place('boundary'), sharedOut, sizes, profile));
  const everyMs = Math.ceil(roundGapMs(profile) / sharedOut);
  // A step is given no longer than the time to the next one, so there is one VU group: more would take the server's CPU, and what
  // is late shows in the ledger.
  const bursts = take(
    burstProbe(phases.probeBursts, burstSize(most), everyMs, {
      everyMs,
      steps: sizes.RATE_LIMIT_BURSTS,
      firstWebhook: place('bursts'),
      webhooks: sharedOut,
    }),
  );
  const legitimate = take(steady(phases.probeLegitimate, 'l', 0.9 * limit, place('legitimate')));
  const double = take(steady(phases.probeDouble, 'd', 2 * limit, place('double')));
  const pair =
    webhooks === 1
      ? []
      : [
          steady(phases.probeNoisy, 'n', 3 * limit, place('noisy')),
          steady(phases.probeQuiet, 'q', 0.8 * limit, sideBySide ? places.quiet : 1),
        ];
  for (const probe of pair) lastMs = Math.max(lastMs, probe.endMs);
  return {
    webhooks,
    initialBurst: Math.max(sizes.RATE_LIMIT_SIGNALS, 2 * most),
    steady: [legitimate, double, ...pair],
    recovery,
    forwarded,
    bursts,
    boundary,
    endMs: lastMs,
  };
}
