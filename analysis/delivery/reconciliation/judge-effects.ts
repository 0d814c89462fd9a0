import { PrefixBest } from '../../interpret/prefix-best.ts';
import { minShownUs, toleranceUs } from '../../interpret/tolerance.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { times } from '../../words.ts';
import { allWithinTtl, countApart, type KeyLifeUs, surelyPastTtl } from '../ttl.ts';
import type { DecisionSpan } from './decision-span.ts';
import type { SignalFinding } from './findings.ts';
import { failedBefore, type Signal } from './signal-outcomes.ts';

/**
 * Holds a signal's effects against its answers: too few of them are a loss where the read-back is complete, too many are too
 * many in any case.
 * @returns null where the effects are what the answers promise.
 */
export function judgeByEffects(ledger: Ledger, signal: Signal, decisions: DecisionSpan): SignalFinding | null {
  return (signal.isRead ? tooFew(ledger, signal) : null) ?? tooMany(ledger, signal, decisions);
}

function tooFew(ledger: Ledger, signal: Signal): SignalFinding | null {
  const { effects } = signal;
  const { accepted, duplicates, maybe } = signal.outcomes;
  if (effects < owed(ledger, signal)) {
    // The signal itself was processed: a later stage may know it for longer than the answers do.
    if (ledger.dropsLate && effects > 0) {
      return {
        kind: 'accepted again and not processed',
        text: (id) =>
          `${id}: accepted ${times(accepted.length)}, processed ${times(effects)}: recognized by a later stage, or lost`,
      };
    }
    return {
      kind: 'lost',
      text: (id) => `${id}: accepted ${times(accepted.length)}, processed ${times(effects)}`,
    };
  }
  if (effects > 0) return null;
  // Whoever was told "duplicate" does not send again.
  const isToldInVain = hasNoClaim(ledger, duplicates, maybe);
  return isToldInVain ? { kind: 'lost', text: (id) => `${id}: answered as a duplicate, never processed` } : null;
}

/** The effects that there must be at least. */
function owed(ledger: Ledger, { outcomes: { accepted }, isChanged, life }: Signal): number {
  // An acceptance of another price may have changed the first signal, and had no effect of its own.
  if (isChanged) return Math.min(1, accepted.length);
  return life === null ? accepted.length : surelyApart(ledger, accepted, life);
}

function tooMany(ledger: Ledger, signal: Signal, decisions: DecisionSpan): SignalFinding | null {
  const { effects, outcomes } = signal;
  const { accepted, duplicates, either, maybe } = outcomes;
  const explained = accepted.length + either.length + maybe.length;
  if (effects <= Math.min(1, explained)) return null;
  const isInOneTtl = isDecidedInOneTtl(ledger, signal, decisions);
  if (effects <= (isInOneTtl ? Math.min(1, explained) : explained)) {
    const isOdd = signal.life !== null && maybe.some((at) => ledger.outcomeOf(at) === 'abandoned');
    return isOdd ? { kind: 'perhaps twice', text: (id) => `${id}: processed ${times(effects)}` } : null;
  }
  if (explained === 0 && duplicates.length === 0) {
    return { kind: 'unexpected', text: (id) => `${id}: never admitted, processed ${times(effects)}` };
  }
  // A proxy that resends may hand its client the second answer: processed once, as promised.
  if (explained === 0 && effects === 1) return { kind: 'only duplicate', text: (id) => id };
  const within = isInOneTtl ? ' within the TTL' : '';
  const failed = failedBefore(ledger, signal);
  const processed = `processed ${times(effects)}${within}`;
  return {
    kind: 'processed twice',
    text: (id) =>
      failed === null
        ? `${id}: ${processed}, accepted ${times(accepted.length)}`
        : `${id}: answered ${ledger.statusOf(failed)}, then accepted: ${processed}`,
  };
}

/** Whether it was processed more often than acceptances that surely lie a TTL apart explain: one time of them may be one too many. */
export function mayBeTwice(ledger: Ledger, { effects, life, outcomes }: Signal): boolean {
  return life !== null && effects > 1 && effects > surelyApart(ledger, outcomes.accepted, life);
}

/** Whether all that the server decided on the signal surely lies within one TTL. */
function isDecidedInOneTtl(ledger: Ledger, signal: Signal, decisions: DecisionSpan): boolean {
  const { index, attempts, outcomes, life } = signal;
  if (life === null) return false;
  if (!outcomes.hasUnknown) return allWithinTtl(ledger, attempts, life);
  return decisions.longestUs(index, attempts) < minShownUs(life.minUs);
}

/**
 * Whether some duplicate has no other request that may have claimed the signal and let go of it again after it was called a
 * duplicate: one that timed out may have been canceled at any time, one that was answered 5xx knew its end. A connection that
 * broke off explains nothing: whoever died with the claim had told others that the signal was done. Nor does one that was cut on
 * purpose: its sender is the one that was told "duplicate".
 */
function hasNoClaim(ledger: Ledger, duplicates: readonly number[], maybe: readonly number[]): boolean {
  const isTimeout = (at: number): boolean =>
    ['timeout', 'unclassified'].includes(ledger.outcomeOf(at)) || ledger.isGivenUp(at);
  const times = ledger.timesAmong([...duplicates, ...maybe]);
  const claims = new PrefixBest(
    maybe.filter((at) => isTimeout(at) || !ledger.isUnknown(at)),
    (at) => times.sendUs(at),
    (at) => (isTimeout(at) ? Number.POSITIVE_INFINITY : times.endUs(at)),
  );
  return duplicates.some((at) => times.sendUs(at) - claims.highest(times.endUs(at)) > toleranceUs);
}

/** The most acceptances that lie pairwise more than a TTL apart: each of them must have an effect of its own. */
function surelyApart(ledger: Ledger, accepted: readonly number[], life: KeyLifeUs): number {
  if (accepted.length < 2) return accepted.length;
  const byEnd = [...accepted].sort((a, b) => ledger.endUs(a) - ledger.endUs(b));
  return countApart(byEnd, (earlier, later) => surelyPastTtl(ledger, earlier, later, life));
}
