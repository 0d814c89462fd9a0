import type { PollRow } from '../journal/effect-times.ts';
import type { Ledger } from '../journal/ledger.ts';

/** How the backlog drained after the load, as read-back polled it. */
export interface DrainSeen {
  readonly seconds: number;
  readonly polls: number;
  readonly state: PollRow['state'];
  /** Promised effects that were missing at the end; null where that was not counted. */
  readonly left: number | null;
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
    perSecond: seconds === 0 ? 0 : (last.effects - first.effects) / seconds,
  };
}

/** Why nothing can be called lost; null where the backlog was given the time that it needs. */
export function undrained(drain: DrainSeen | null): string | null {
  if (drain?.state !== 'undrained') return null;
  const after = `in ${drain.seconds.toFixed(0)} s (readback.limitMs)`;
  return drain.left === null || drain.left === 0
    ? `what is read back still changed ${after}`
    : `the backlog did not drain ${after}: ${drain.left} accepted signals were missing, and ${drain.perSecond.toFixed(1)} a second came`;
}
