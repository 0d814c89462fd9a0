import type { TargetProfile } from '../profile/profile.ts';
import { allowedAnswerMs } from './allowed-answer.ts';
import { limiterMemoryMs, loadWebhooks, perSecond, quietMs, type Rate, safeGapMs, safeRate } from './limits.ts';
import type { Plan } from './plan.ts';
import { countWithin, ratePhase } from './rate-phase.ts';
import type { ScenarioPlan } from './scenario-plan.ts';
import { keyGapMs } from './signal-key.ts';
import type { Sizes } from './sizes.ts';

/** As few say whether memory leaks: two of them are warm-up, and six values make an interval. */
export const minCycles = 10;
/** A cycle is a phase of the plan, and memory after it a point of the report. */
const maxCycles = 500;
/** A cycle is as long as that, or longer in a soak of days: settled memory every ten minutes shows what grows. */
const cycleMs = 600_000;
/** What is written of a cycle lies in one piece of the journal, and a report holds one piece at a time. */
const maxCycleRequests = 500_000;
/** Of small cycles several share a piece. */
const pieceRequests = 250_000;
const rests = { share: 1 / 6, maxMs: 30_000 } as const;
/** A rest longer than that costs more than it shows: then what a limit remembers of one cycle may still count in the next. */
const maxForgettingMs = 60_000;

/**
 * Equal cycles of load and rest for as long as the size says. Memory settles in the rests; and where they are long enough for the
 * limiter to forget, each cycle is judged by itself.
 *
 *     8 h:  |#########______|#########______| …   48 cycles of 570 s load and 30 s rest
 *     60 s: |###___|###___| …                     10 cycles of 3 s load and 3 s rest
 */
export function soakPlan(sizes: Sizes, profile: TargetProfile, given: number): ScenarioPlan {
  const webhooks = loadWebhooks(profile, sizes.WEBHOOKS, given);
  const rate = safeRate(profile, webhooks, sizes.MAX_RATE);
  const startMs = quietMs(profile, given);
  const { cycles, count, stepMs, restMs } = soakCycles(sizes, sizes.SOAK_SECONDS * 1000 - startMs, rate, profile);
  return {
    webhooks,
    settleMs: restMs,
    piecePhases: Math.max(1, Math.floor(pieceRequests / count)),
    phases: Array.from({ length: cycles }, (_, cycle) =>
      ratePhase('soak.cycle', {
        suffix: `_${cycle}`,
        startMs: startMs + cycle * stepMs,
        first: cycle * count,
        count,
        rate,
        firstWebhook: 0,
        webhooks,
      }),
    ),
  };
}

interface Cycles {
  readonly cycles: number;
  /** Signals of each. */
  readonly count: number;
  /** From the start of one to that of the next. */
  readonly stepMs: number;
  readonly restMs: number;
}

function soakCycles(sizes: Sizes, ms: number, rate: Rate, profile: TargetProfile): Cycles {
  const longestMs = Math.min(cycleMs, (maxCycleRequests * 1000) / perSecond(rate));
  const askedMs = Math.max(ms / maxCycles, Math.min(longestMs, ms / minCycles));
  const forgetMs = Math.ceil(1.1 * limiterMemoryMs(profile));
  const restMs = Math.max(
    Math.round(Math.max(sizes.SOAK_REST_MS, Math.min(rests.maxMs, rests.share * askedMs))),
    forgetMs <= maxForgettingMs ? forgetMs : 0,
    // The next cycle begins on the first webhook again, which may have been the last one to get a signal.
    safeGapMs(profile),
    keyGapMs(profile),
    allowedAnswerMs(profile, sizes),
  );
  const count = countWithin(Math.max(askedMs - restMs, restMs), rate);
  const stepMs = Math.ceil((count * rate.perMs) / rate.rate) + restMs;
  return { cycles: Math.max(minCycles, Math.floor(ms / stepMs)), count, stepMs, restMs };
}

/** Whether a limiter has forgotten one cycle when the next begins, requests that were answered late included. */
export function restsForget(restMs: number, profile: TargetProfile, timeoutMs: number): boolean {
  return restMs >= limiterMemoryMs(profile) + timeoutMs;
}

/** Why a soak of this length cannot be judged; null if it can. */
export function tooShortForSoak(estimatedMs: number, { SOAK_SECONDS }: Sizes): string | null {
  const seconds = Math.ceil(estimatedMs / 1000);
  // The last cycle may end a little before or after what was asked for.
  if (seconds <= 1.05 * SOAK_SECONDS + 1) return null;
  return `soak needs ${seconds} s here, for ${minCycles} cycles of load and rest within the limit: give --duration ${seconds}s or more`;
}

/** How many phases share a piece of the ledger of a plan; null for a ledger in one file. */
export function phasesOfPiece({ piecePhases, phases }: Pick<Plan, 'piecePhases' | 'phases'>): number | null {
  return piecePhases === undefined || piecePhases >= phases.length ? null : piecePhases;
}
