import { forEachSignal } from '../interpret/attempts.ts';
import type { PollRow } from '../journal/effect-times.ts';
import type { Ledger } from '../journal/ledger.ts';

/** How the backlog drained after the load, as read-back polled it. */
export interface DrainSeen {
  readonly seconds: number;
  readonly polls: number;
  readonly state: PollRow['state'];
  /** Promised effects that were missing at the end; null where that was not counted. */
  readonly left: number | null;
  /** Signals of which no effect came: a copy that was accepted once more is none. Null where the ledger does not explain `left`. */
  readonly signalsLeft: number | null;
  /** Effects that came, per second of the whole wait. */
  readonly perSecond: number;
}

/** Null where no poll after the load was recorded. */
export function drainSeen(ledger: Ledger): DrainSeen | null {
  const polls = ledger.effectTimes.polls.filter(({ state }) => state !== 'loading');
  const [first] = polls;
  const last = polls.at(-1);
  if (first === undefined || last === undefined) return null;
  const seconds = (last.toUs - first.fromUs) / 1e6;
  return {
    seconds,
    polls: polls.length,
    state: last.state,
    left: last.missing,
    signalsLeft: last.missing === null ? null : signalsAmong(last.missing, ledger),
    perSecond: seconds === 0 ? 0 : (last.effects - first.effects) / seconds,
  };
}

/** Of missing effects, how many signals have none at all. Read-back counts one for each acceptance that it cannot tell from a replay. */
function signalsAmong(missing: number, ledger: Ledger): number | null {
  let signals = 0;
  let ofSignals = 0;
  let ofCopies = 0;
  forEachSignal(ledger, (attempts, signal) => {
    const told = attempts.map((at) => ledger.recordedOutcomeOf(at));
    const accepted = told.filter((outcome) => outcome === 'accepted').length;
    const effects = ledger.effects(signal);
    if (effects > 0) ofCopies += Math.max(0, accepted - effects);
    else if (accepted > 0 || told.includes('duplicate')) {
      signals += 1;
      ofSignals += Math.max(1, accepted);
    }
  });
  return signals <= missing && ofSignals + ofCopies >= missing ? signals : null;
}

/** Why nothing can be called lost; null where the backlog was given the time that it needs. */
export function undrained(drain: DrainSeen | null): string | null {
  if (drain?.state !== 'undrained') return null;
  const after = `in ${drain.seconds.toFixed(0)} s (readback.limitMs)`;
  return drain.left === null || drain.left === 0
    ? `what is read back still changed ${after}`
    : `the backlog did not drain ${after}: ${missingWords(drain.left, drain.signalsLeft, 'accepted signals were missing')}, and ${drain.perSecond.toFixed(1)} a second came`;
}

/** What was missing at the end. @param ofSignals how it is said of signals, after their number. */
export function missingWords(left: number, signalsLeft: number | null, ofSignals: string): string {
  if (signalsLeft !== 0) return `${signalsLeft ?? left} ${ofSignals}`;
  return left === 1
    ? '1 more acceptance of a signal that was processed had no effect of its own'
    : `${left} more acceptances of signals that were processed had no effect of their own`;
}
