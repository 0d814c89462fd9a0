import { identifyingField } from '../profile/identifying-field.ts';
import type { TargetProfile } from '../profile/profile.ts';
import {
  atOnce,
  barrierLeadMs,
  idempotencyGaps,
  phases,
  roundGapMs,
  safeRate,
  ttlMs,
  webhooksOf,
  windowMs,
} from './plan.ts';
import type { Sizes } from './sizes.ts';
import { type Timetable, timetable } from './timetable.ts';

/** When a signal goes out again: in TTLs after its first sending, and after the answer to it where the TTL shall be past. */
export interface Repeats extends Timetable {
  readonly gaps: readonly number[];
  /** What differs in the repeat. */
  readonly change: 'nothing' | 'price' | 'ticker';
  readonly idPrefix: string;
  /** Number of the phase's first signal. */
  readonly from: number;
}

export interface Quota extends Timetable {
  /** Repeats of the first signal, sent one `partMs` after it. */
  readonly repeats: number;
  /** Distinct signals, sent two `partMs` after it: with the first one they make the limit. */
  readonly distinct: number;
  readonly partMs: number;
}

export interface IdempotencyPlan {
  readonly webhooks: number;
  readonly repeats: readonly Repeats[];
  readonly together: Timetable;
  /** Null where the target recognizes no repeats. */
  readonly quota: Quota | null;
  /** Null where IDEMPOTENCY_ODDS_KEYS is 0. */
  readonly odds: Timetable | null;
  readonly endMs: number;
}

/** Webhooks of each phase where they are created; those of the odds are the others' again, when these are through. */
const eachGap = 2;
const eachVariant = 3;
const burstWebhooks = 10;
const forOdds = 150;
/** What two cores can send beside the server, each key twice; on so many webhooks that is half of their limit, so that what
 * is sent late does not exceed it. */
const maxOddsPerSecond = 400;
const answersMs = 500;
/** Members of a VU group for one burst. */
const maxAtOnce = 30;

/**
 * idempotency: which phase runs when on which webhook, each webhook within its limit but for the repeats of `quota`. Side by
 * side where each phase has webhooks of its own, else one after the other with more than a window of quiet between.
 * @param given webhooks that are given; 0 where they are created.
 */
export function idempotencyPlan(sizes: Sizes, profile: TargetProfile, given: number): IdempotencyPlan {
  const keys = sizes.IDEMPOTENCY_KEYS;
  const oddsKeys = sizes.IDEMPOTENCY_ODDS_KEYS;
  const ttl = ttlMs(profile);
  const recognizes = profile.idempotency.kind === 'ttl';
  const variants = [
    ...(recognizes
      ? [{ phase: phases.idempotencyRefresh, gaps: [0.7, 1.3], change: 'nothing', idPrefix: 'r' } as const]
      : []),
    ...(recognizes && identifyingField(profile, 'price') === null
      ? [{ phase: phases.idempotencyChanged, gaps: [0], change: 'price', idPrefix: 'p' } as const]
      : []),
    // Signals may share an id and still differ in what identifies them.
    ...(identifyingField(profile, 'ticker') !== null
      ? [{ phase: phases.idempotencyDistinctTicker, gaps: [0], change: 'ticker', idPrefix: 'u' } as const]
      : []),
  ];
  const wanted = idempotencyGaps.length * eachGap + variants.length * eachVariant + 2 * burstWebhooks;
  const webhooks = webhooksOf(profile, oddsKeys > 0 ? Math.max(wanted, forOdds) : wanted, given);
  const sideBySide = webhooks >= wanted;

  let startMs = 0;
  let lastMs = 0;
  let nextWebhook = 0;
  /** Takes a phase that needs so many webhooks; the next one begins beside it, or after it on the same. */
  function take<T extends Timetable>(
    needs: number,
    plan: (where: { startMs: number; firstWebhook: number; webhooks: number }) => T,
  ): T {
    const phase = plan({
      startMs,
      firstWebhook: sideBySide ? nextWebhook : 0,
      webhooks: sideBySide ? needs : Math.min(needs, webhooks),
    });
    lastMs = Math.max(lastMs, phase.endMs);
    nextWebhook += needs;
    if (!sideBySide) startMs = lastMs + roundGapMs(profile);
    return phase;
  }

  function repeats(needs: number, what: Pick<Repeats, 'phase' | 'gaps' | 'change' | 'idPrefix' | 'from'>): Repeats {
    return take(needs, (where) => ({
      ...timetable({
        phase: what.phase,
        leadMs: barrierLeadMs,
        everyMs: Math.ceil(((1 + what.gaps.length) * 1000) / (safeRate(profile) * where.webhooks)),
        steps: keys,
        stepMs: Math.max(...what.gaps) * ttl + answersMs,
        vusPerGroup: 1,
        ...where,
      }),
      ...what,
    }));
  }

  const gaps = idempotencyGaps.map((gap, n) =>
    repeats(eachGap, {
      phase: phases.idempotencyGap(gap),
      gaps: [gap],
      change: 'nothing',
      idPrefix: 'g',
      from: n * keys,
    }),
  );
  const varied = variants.map((variant) => repeats(eachVariant, { ...variant, from: 0 }));

  const together = take(burstWebhooks, (where) => {
    const everyMs = Math.ceil(roundGapMs(profile) / where.webhooks);
    const vusPerGroup = Math.min(sizes.IDEMPOTENCY_TOGETHER, atOnce(profile));
    return timetable({
      phase: phases.idempotencyTogether,
      leadMs: barrierLeadMs,
      everyMs,
      steps: keys,
      stepMs: everyMs,
      vusPerGroup,
      ...where,
    });
  });

  // All of a step lies within one window and one TTL.
  const partMs = Math.round(Math.min(windowMs(profile), ttl) / 10);
  const limit = atOnce(profile);
  const quota = recognizes
    ? take(burstWebhooks, (where) => ({
        ...timetable({
          phase: phases.idempotencyQuota,
          leadMs: barrierLeadMs,
          everyMs: Math.max(4 * partMs, Math.ceil((2 * partMs + 2 * roundGapMs(profile)) / where.webhooks)),
          steps: Math.ceil(keys / 3),
          stepMs: 4 * partMs,
          vusPerGroup: Math.min(2 * limit, maxAtOnce),
          ...where,
        }),
        repeats: 2 * limit,
        distinct: limit - 1,
        partMs,
      }))
    : null;

  const oddsStartMs = lastMs + roundGapMs(profile);
  const oddsWebhooks = Math.min(forOdds, webhooks);
  const odds =
    oddsKeys === 0
      ? null
      : timetable({
          phase: phases.idempotencyOdds,
          startMs: oddsStartMs,
          leadMs: barrierLeadMs,
          everyMs: Math.max(2000 / (safeRate(profile) * oddsWebhooks), 1000 / maxOddsPerSecond),
          steps: oddsKeys,
          stepMs: 200,
          vusPerGroup: 2,
          firstWebhook: 0,
          webhooks: oddsWebhooks,
        });
  return { webhooks, repeats: [...gaps, ...varied], together, quota, odds, endMs: odds?.endMs ?? lastMs };
}
