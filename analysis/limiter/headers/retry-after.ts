import { pathsAsked } from '../../../contract/plan/limits.ts';
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
import { type RetryAfterValue, retryAfterValue } from './retry-after-value.ts';

/** What refusals promise, over all counts. */
export class SeenRetryAfter {
  refusals = 0;
  missing = 0;
  /** Dates of answers without a Date, and headers that were not kept: nothing is said of them. */
  unread = 0;
  readonly malformed = new Examples();
  /** A client that obeyed would have been refused again, though nobody took its place. */
  readonly tooShort = new Contradictions();
  readonly tooLong = new Contradictions();
  longestMs = 0;
  /** Of the too long ones: those that would be right as milliseconds. */
  readonly asMilliseconds = new Examples();

  /**
   * Compares each promise with what came: a request sent after the promised time that was refused all the same, while nothing
   * can have been counted since the promise, shows it too short, whatever the kind of limiter.
   */
  add({ ledger, indices }: Pick<Count, 'ledger' | 'indices'>, profile: TargetProfile, limiter: DeclaredLimiter): void {
    const between = new Between(ledger, indices, profile);
    for (const at of between.refused) {
      this.refusals += 1;
      const said = readOf(ledger, at);
      if (said === 'missing') this.missing += 1;
      else if (said === 'unread') this.unread += 1;
      else if (said.form === 'malformed') {
        this.malformed.add(said.why, `"Retry-After: ${textOf(ledger, at)}" ${said.why}`);
      } else if (said.ms === null) this.unread += 1;
      else this.addPromise({ between, ledger, profile, limiter }, at, said.ms, said.form === 'date');
    }
  }

  private addPromise(
    { between, ledger, profile, limiter }: Judged,
    at: number,
    promisedMs: number,
    isTime: boolean,
  ): void {
    const maxMs = longestWaitMs(limiter, isTime);
    const waitMs = isTime ? Math.round(promisedMs - dateLagMs(ledger, at)) : promisedMs;
    this.longestMs = Math.max(this.longestMs, waitMs);
    // There may be a longer limit or a penalty time that nobody declared: then nothing is admitted until then.
    const isOver = (): boolean =>
      between.isAdmittedBetween(ledger.endUs(at), ledger.sendUs(at) + (waitMs - maxMs) * 1000 - longestStepUs);
    if (waitMs > maxMs && isOver()) {
      this.tooLong.add({
        fromUs: ledger.sendUs(at) - bendsForUs(limiter),
        toUs: ledger.endUs(at),
        beyondOneStep: waitMs > maxMs + longestStepUs / 1000,
        text: () => `Retry-After of ${asSaid(waitMs)} for a window of ${duration(limiter.windowMs)}`,
      });
      if (!isTime && promisedMs / 1000 <= maxMs) {
        this.asMilliseconds.add('ms', `"Retry-After: ${textOf(ledger, at)}" looks like milliseconds`);
      }
    }
    // Of what the monitor asked in between nothing is known here.
    if (pathsAsked(profile, limiter) > 0) return;
    // Refusals in between may have prolonged it, or another limit may have counted them.
    if (limiter.penaltyProlonged === true || (limiter.further ?? []).length > 0) return;
    const dueUs = ledger.endUs(at) + dueInMs(promisedMs, isTime) * 1000 + 2 * toleranceUs;
    const retry = between.nextRefused(dueUs);
    if (retry === null || !between.isIdle(at, retry)) return;
    this.tooShort.add({
      fromUs: ledger.sendUs(at) - longestStepUs,
      toUs: ledger.endUs(retry),
      beyondOneStep: false,
      text: () =>
        `Retry-After of ${asSaid(promisedMs)}, but throttled again ${duration(Math.round((ledger.sendUs(retry) - ledger.endUs(at)) / 1000))} later with nothing admitted between`,
    });
  }
}

interface Judged {
  readonly between: Between;
  readonly ledger: Ledger;
  readonly profile: TargetProfile;
  readonly limiter: DeclaredLimiter;
}

/** The longest wait that any well-formed one promised; 0 if there is none. */
export function longestPromiseMs(counts: readonly Pick<Count, 'ledger' | 'indices'>[]): number {
  return counts.reduce((longest, { ledger, indices }) => {
    const promises = Array.from(indices, (at) => {
      const said = ledger.outcomeOf(at) === 'limited' ? readOf(ledger, at) : 'missing';
      return typeof said === 'string' || said.form === 'malformed' ? 0 : (said.ms ?? 0);
    });
    return promises.reduce((max, ms) => Math.max(max, ms), longest);
  }, 0);
}

/** The header is in seconds. */
const asSaid = (ms: number): string => `${ms / 1000} s`;

const textOf = (ledger: Ledger, at: number): string => ledger.headerSets.of(at)?.['Retry-After'] ?? '';

function readOf(ledger: Ledger, at: number): RetryAfterValue | 'missing' | 'unread' {
  const headers = ledger.headerSets.of(at);
  if (headers === unrecorded) return 'unread';
  const text = headers?.['Retry-After'];
  if (headers !== null && text !== undefined) return retryAfterValue(text, headers);
  // Older journals have the number alone.
  const ms = ledger.retryAfterMs(at);
  return ms === null ? 'missing' : { form: 'seconds', ms };
}
