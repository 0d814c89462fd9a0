import { lazy } from '../../../contract/profile/lazy.ts';
import { decidedByUs } from '../../interpret/quota-use.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { times } from '../../words.ts';
import { mayHaveChanged } from '../idempotency/changed-payload.ts';
import { shortestGapUs } from '../ttl.ts';
import type { SignalFinding } from './findings.ts';
import type { Signal } from './signal-outcomes.ts';

/** A target that has answered lets the key go within this; one that stores its answer afterwards takes some of it. */
const releaseUs = 500_000;

/** What got no answer may be worked on for as long as this, or for several times what the slowest acceptance took. */
const minWorkUs = 2e6;
const slowestTimes = 5;

/**
 * Answers that refuse a repeat: "in progress" is right while the first is worked on, "another payload" never where all that was sent
 * is the same.
 */
export class Refusals {
  private readonly ledger: Ledger;
  private readonly slowestUs: () => number;

  constructor(ledger: Ledger) {
    this.ledger = ledger;
    this.slowestUs = lazy(() => slowestAcceptance(ledger));
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
    if (held === null) return null;
    const processed = isRead ? `, processed ${times(effects)}` : '';
    return {
      kind: 'stuck in progress',
      text: (id) => `${id}: still in progress ${Math.round(held.us / 1000)} ms after ${held.since}${processed}`,
    };
  }

  /** For how long the key was surely held although nothing was worked on; null if that is not certain, or it was let go later. */
  private heldFor(attempts: readonly number[], last: number): { readonly us: number; readonly since: string } | null {
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
    if (workedUs < Math.max(minWorkUs, slowestTimes * this.slowestUs()) || answeredUs < releaseUs) return null;
    return answeredUs < Number.POSITIVE_INFINITY
      ? { us: Math.min(answeredUs, unansweredUs), since: 'it was answered' }
      : { us: unansweredUs, since: 'its connection had ended' };
  }
}

function slowestAcceptance(ledger: Ledger): number {
  let slowestUs = 0;
  for (let at = 0; at < ledger.length; at += 1) {
    if (ledger.isSignal(at) && ledger.outcomeOf(at) === 'accepted') slowestUs = Math.max(slowestUs, ledger.tookUs(at));
  }
  return slowestUs;
}
