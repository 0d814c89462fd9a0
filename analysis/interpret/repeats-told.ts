import { keyLifeOf } from '../../contract/profile/key-life.ts';
import type { Idempotency } from '../../contract/profile/profile.ts';
import type { Ledger } from '../journal/ledger.ts';
import { forEachSignal } from './attempts.ts';
import { repeatedAnswers } from './repeated-answers.ts';
import { maxShownUs } from './tolerance.ts';

/** Of repeats within the TTL, for one in the words of the first so many are called duplicates. */
const toldPerAgain = 20;

/**
 * How a target tells a repeat. If it says "duplicate" while the key lives, and answers past the TTL in the words of the first
 * acceptance ("accepted", or the id) and processes most of those anew, then equal words tell nothing: one of them without an
 * effect of its own was lost, not taken for a duplicate. Nor is one where the target says "duplicate" to nearly every repeat while the key
 * lives: it says otherwise past the TTL, so its answer was an acceptance, and a later stage knew the signal or lost it.
 */
export class RepeatsTold {
  private readonly ledger: Ledger;
  private readonly refreshes: boolean;
  private readonly maxUs: number;
  /** Not past the TTL, after the first was answered: called duplicates, and answered in the same words again. */
  private readonly within = { duplicates: 0, again: 0 };
  /** In the same words, surely past the TTL. */
  private readonly past = { anew: 0, others: 0 };

  constructor(ledger: Ledger, idempotency: Extract<Idempotency, { kind: 'ttl' }>) {
    this.ledger = ledger;
    this.refreshes = idempotency.repeatRefreshes;
    this.maxUs = maxShownUs(keyLifeOf(idempotency).maxMs * 1000);
    forEachSignal(ledger, (attempts, signal) => this.add(attempts, signal));
  }

  /** Duplicates are mostly told by a rule of the profile: what is answered alike is no sign of one. */
  get areTold(): boolean {
    return this.within.duplicates > this.within.again;
  }

  /** Whether a repeat in the words of an earlier acceptance is one more acceptance, whatever became of it. */
  isAcceptance(attempts: readonly number[], at: number): boolean {
    return this.areTold && (this.areAnew || this.areNearlyAllTold) && this.isPast(attempts, at);
  }

  /** Most of what is accepted past the TTL has no effect of its own, although duplicates are told. */
  get dropsLate(): boolean {
    return this.areNearlyAllTold && this.past.others > 0 && !this.areAnew;
  }

  private get areAnew(): boolean {
    return this.past.anew > this.past.others;
  }

  private get areNearlyAllTold(): boolean {
    const { duplicates, again } = this.within;
    return duplicates > 0 && again * toldPerAgain <= duplicates;
  }

  private add(attempts: readonly number[], signal: number): void {
    const { ledger, within, past } = this;
    const [first] = attempts;
    if (first === undefined || attempts.length === 1) return;
    const { again, different } = repeatedAnswers(ledger, attempts);
    for (const at of attempts) {
      if (ledger.sendUs(at) <= ledger.endUs(first)) continue;
      if (ledger.recordedOutcomeOf(at) === 'duplicate') within.duplicates += 1;
    }
    for (const at of again) {
      if (this.isPast(attempts, at)) {
        if (ledger.effects(signal) > different) past.anew += 1;
        else past.others += 1;
      } else if (ledger.sendUs(at) > ledger.endUs(first)) within.again += 1;
    }
  }

  /** Surely later than a TTL after whatever may have set or prolonged the key before. */
  private isPast(attempts: readonly number[], at: number): boolean {
    const { ledger } = this;
    const earlier = attempts
      .slice(0, attempts.indexOf(at))
      .findLast((other) => this.refreshes || ledger.recordedOutcomeOf(other) === 'accepted');
    return earlier !== undefined && ledger.sendUs(at) - ledger.endUs(earlier) > this.maxUs;
  }
}
