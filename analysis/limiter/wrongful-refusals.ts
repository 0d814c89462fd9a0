import type { Role } from '../../contract/plan/roles.ts';
import { largest, limitsOf } from '../../contract/profile/declared-limits.ts';
import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { duration } from '../../contract/report/figures.ts';
import { minLevelOf } from '../interpret/bucket-levels.ts';
import { expectedOfRefused, mustBeAdmitted } from '../interpret/expected-outcome.ts';
import { modelOf } from '../interpret/kinds/models.ts';
import { maxPenaltyUs, mayBeRefused } from '../interpret/penalty.ts';
import { decidedByUs, mayTakePlace } from '../interpret/quota-use.ts';
import { clockLagUs, may, toleranceUs } from '../interpret/tolerance.ts';
import { Contradictions, longestStepUs } from './contradictions.ts';
import type { JudgedCount } from './judged-count.ts';
import { at } from './told-times.ts';
import { refusedPicture } from './window-picture.ts';

/** What one count refused although it must be admitted. */
export interface Refusals {
  /** Refusals of what must be admitted. */
  readonly wrongful: Contradictions;
  /** Of the wrongful: those with N or more attempts, refused ones counted, in the window before. */
  readonly wrongfulAfterRefusals: number;
  /** Repeats, which are recognized before the limiter. */
  readonly wrongfulRepeats: number;
  /** The wrongful by what their phase is for. */
  readonly wrongfulByRole: ReadonlyMap<Role | null, number>;
}

export function wrongfulOf(count: JudgedCount): Refusals {
  const { ledger, indices, profile, limiter, place, startedAtUs } = count;
  const { expected = expectedOfRefused(profile, ledger, indices) } = count;
  const wrongfulByRole = new Map<Role | null, number>();
  const wrongful = new Contradictions();
  let wrongfulAfterRefusals = 0;
  let wrongfulRepeats = 0;
  const isWrongful = (n: number): boolean =>
    ledger.outcomeOf(indices[n] ?? 0) === 'limited' && mustBeAdmitted(expected[n] ?? 0);
  if (!indices.some((_, n) => isWrongful(n))) {
    return { wrongful, wrongfulAfterRefusals, wrongfulRepeats, wrongfulByRole };
  }
  const windowUs = limiter.windowMs * 1000;
  const memoryUs = memoryMs(limiter) * 1000;
  const min = minLevelOf(profile, limiter, ledger, indices);
  const bucket = min === 'unknown' ? null : min;
  const prolonged = limiter.penaltyProlonged === true ? new Prolonged(count) : null;
  let oldest = 0;
  for (let n = 0; n < indices.length; n += 1) {
    const index = indices[n] ?? 0;
    const sendUs = ledger.sendUs(index);
    while (ledger.sendUs(indices[oldest] ?? 0) < sendUs - windowUs) oldest += 1;
    bucket?.at(sendUs - toleranceUs - clockLagUs(limiter));
    if (mayBeRefused(ledger.outcomeOf(index))) prolonged?.add(sendUs, decidedByUs(ledger, index));
    const mask = expected[n] ?? 0;
    if (!isWrongful(n)) continue;
    const attempts = n - oldest;
    const role = ledger.roleOf(index);
    wrongfulByRole.set(role, (wrongfulByRole.get(role) ?? 0) + 1);
    if (attempts >= limiter.limit) wrongfulAfterRefusals += 1;
    if (mask === may.duplicate) wrongfulRepeats += 1;
    wrongful.add({
      fromUs: Math.min((prolonged?.fromUs ?? sendUs) - memoryUs, bucket?.knownSinceUs ?? sendUs) - longestStepUs,
      toUs: ledger.endUs(index),
      beyondOneStep: false,
      text: () =>
        mask === may.duplicate
          ? `${place}: a repeat was throttled ${at(sendUs, startedAtUs)}, which is recognized before the limiter`
          : `${place}: throttled ${at(sendUs, startedAtUs)} although capacity was available: ${attempts} sent and max ${countedBefore(count, index)} counted in the ${duration(limiter.windowMs)} before`,
      picture: () =>
        refusedPicture(count, index, {
          isRepeat: mask === may.duplicate,
          counted: countedBefore(count, index),
        }),
    });
  }
  return { wrongful, wrongfulAfterRefusals, wrongfulRepeats, wrongfulByRole };
}

/** Refusals of which each may have begun anew the penalty time in which the next one came: a step of the clock before the first explains all. */
class Prolonged {
  fromUs = Number.NEGATIVE_INFINITY;
  private untilUs = Number.NEGATIVE_INFINITY;
  private readonly lastsUs: number;

  constructor(count: JudgedCount) {
    this.lastsUs = maxPenaltyUs(count, count.limiter.penaltyMs ?? 0);
  }

  add(sendUs: number, byUs: number): void {
    if (sendUs > this.untilUs) this.fromUs = sendUs;
    this.untilUs = Math.max(this.untilUs, byUs + this.lastsUs);
  }
}

/**
 * For how long what a window counted, or a penalty, can be the reason of a refusal. A step of the clock may end one penalty, in which none
 * should begin, and let another begin.
 */
function memoryMs(limiter: DeclaredLimiter): number {
  const windows = limitsOf(limiter).filter((limit) => !modelOf(limit).isBucket || limit !== limiter);
  return Math.max(
    limiter.windowMs,
    2 * (limiter.penaltyMs ?? 0),
    largest(windows, (limit) => modelOf(limit).memoryMs(limit, 0)),
  );
}

/** How many the limiter can have counted in the window before a request. */
function countedBefore({ ledger, indices, profile, limiter }: JudgedCount, index: number): number {
  const sinceUs = ledger.sendUs(index) - limiter.windowMs * 1000;
  let count = 0;
  for (const other of indices) {
    if (ledger.sendUs(other) > ledger.endUs(index)) break;
    if (other !== index && decidedByUs(ledger, other) >= sinceUs) count += mayTakePlace(ledger, other, profile) ? 1 : 0;
  }
  return count;
}
