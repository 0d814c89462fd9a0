import { lazy } from '../../../contract/profile/lazy.ts';
import { duration } from '../../../contract/report/figures.ts';
import { decidedByUs } from '../../interpret/quota-use.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { times } from '../../words.ts';
import { mayHaveChanged } from '../idempotency/changed-payload.ts';
import { type KeyLifeUs, shortestGapUs } from '../ttl.ts';
import type { SignalFinding } from './findings.ts';
import type { Signal } from './signal-outcomes.ts';
import { releaseUs, WorkInProgress } from './work-in-progress.ts';

/** What got no answer may be worked on for as long as this, or for several times what the slowest acceptance took. */
const minWorkUs = 2e6;
const slowestTimes = 5;

/** How long before the last answer "in progress" a signal's other requests surely ended; infinite where there is none of the sort. */
interface Held {
  readonly answeredUs: number;
  readonly unansweredUs: number;
  /** Of what got no answer, and may have waited in a queue. */
  readonly workedUs: number;
}

/** For how long a key was surely in progress when its sender gave up: it is stuck only from `neededUs` on. */
export interface BrieflyHeld {
  readonly heldUs: number;
  readonly neededUs: number;
}

/**
 * Answers that refuse a repeat: "in progress" is right while the first is worked on, "another payload" never where all that was sent
 * is the same.
 */
export class Refusals {
  private readonly ledger: Ledger;
  private readonly slowestUs: () => number;
  private readonly work: WorkInProgress;

  constructor(ledger: Ledger, life: KeyLifeUs | null) {
    this.ledger = ledger;
    this.slowestUs = lazy(() => slowestAcceptance(ledger));
    this.work = new WorkInProgress(ledger, life);
  }

  judge(signal: Signal): SignalFinding | null {
    const { attempts, first, effects, isRead } = signal;
    const outcomeIs = (outcome: string): readonly number[] =>
      attempts.filter((at) => this.ledger.outcomeOf(at) === outcome);
    const told = mayHaveChanged(this.ledger, first) ? [] : outcomeIs('changed');
    if (told.length > 0) {
      const but = attempts.length > 1 ? 'it was the same each time' : 'nobody had sent it before';
      return {
        kind: 'wrongly called changed',
        text: (id) => `${id}: told ${times(told.length)} that its payload had changed, and ${but}`,
      };
    }
    const last = outcomeIs('pending').at(-1);
    const held = last === undefined ? null : this.heldFor(attempts, last);
    if (last === undefined || held === null) return null;
    if (held.workedUs < this.neededUs() || held.answeredUs < releaseUs) return null;
    const { answeredUs, unansweredUs } = held;
    const heldUs = Math.min(answeredUs, unansweredUs);
    const ended = this.work.hadEnded(signal, { at: last, heldUs });
    if (ended === 'no') return null;
    const since = answeredUs < Number.POSITIVE_INFINITY ? 'it was answered' : 'its connection had ended';
    const processed = isRead ? `, processed ${times(effects)}` : '';
    return {
      kind: ended === 'yes' ? 'stuck in progress' : 'perhaps stuck',
      text: (id) => `${id}: still in progress ${duration(Math.round(heldUs / 1000))} after ${since}${processed}`,
    };
  }

  /** Null if some answer tells more of the signal than that it is in progress, or if it was so for long enough to be judged. */
  brieflyHeld({ attempts, outcomes }: Signal): BrieflyHeld | null {
    const last = attempts.findLast((at) => this.ledger.outcomeOf(at) === 'pending');
    if (last === undefined || outcomes.accepted.length + outcomes.duplicates.length > 0) return null;
    const held = this.heldFor(attempts, last);
    const neededUs = this.neededUs();
    if (held === null || held.answeredUs < Number.POSITIVE_INFINITY || held.workedUs >= neededUs) return null;
    return { heldUs: held.workedUs, neededUs };
  }

  private neededUs(): number {
    return Math.max(minWorkUs, slowestTimes * this.slowestUs());
  }

  /** For how long the key was surely held; null if that is not certain, or it was let go later. */
  private heldFor(attempts: readonly number[], last: number): Held | null {
    const { ledger } = this;
    let answeredUs = Number.POSITIVE_INFINITY;
    let unansweredUs = Number.POSITIVE_INFINITY;
    let isLate = false;
    for (const at of attempts) {
      const outcome = ledger.outcomeOf(at);
      if (outcome === 'pending' || outcome === 'limited' || ledger.isNeverSent(at)) continue;
      // Whatever came later shows that the key was let go, or is worked on itself.
      if (ledger.sendUs(at) > ledger.sendUs(last)) return null;
      isLate ||= decidedByUs(ledger, at) > ledger.endUs(at);
      if (ledger.isUnknown(at)) unansweredUs = Math.min(unansweredUs, shortestGapUs(ledger, at, last));
      else answeredUs = Math.min(answeredUs, shortestGapUs(ledger, at, last));
    }
    if (answeredUs === Number.POSITIVE_INFINITY && unansweredUs === Number.POSITIVE_INFINITY) return null;
    // What waited in a queue may be worked on from any later time, and was by the first such answer.
    const first = isLate ? attempts.find((at) => ledger.outcomeOf(at) === 'pending') : undefined;
    const workedUs = first === undefined ? unansweredUs : Math.min(unansweredUs, shortestGapUs(ledger, first, last));
    return { answeredUs, unansweredUs, workedUs };
  }
}

function slowestAcceptance(ledger: Ledger): number {
  let slowestUs = 0;
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.isSignal(at) && ledger.outcomeOf(at) === 'accepted') slowestUs = Math.max(slowestUs, ledger.tookUs(at));
  }
  return slowestUs;
}
