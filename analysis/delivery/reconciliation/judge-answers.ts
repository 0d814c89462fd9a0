import { foreverMs } from '../../../contract/profile/key-life.ts';
import { duration } from '../../../contract/report/figures.ts';
import { PrefixBest } from '../../interpret/prefix-best.ts';
import { maxShownUs, minShownUs } from '../../interpret/tolerance.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { countApart, type KeyLifeUs, longestGapUs, surelyWithinTtl } from '../ttl.ts';
import type { SignalFinding } from './findings.ts';
import type { Signal, SignalOutcomes } from './signal-outcomes.ts';

/**
 * Holds a signal's answers against each other, where its effects say nothing: acceptances within one TTL, and duplicates of
 * nothing.
 * @param refreshes whether a repeat prolongs the TTL.
 */
export function judgeByAnswers(ledger: Ledger, signal: Signal, refreshes: boolean): SignalFinding | null {
  const { outcomes, effects, isRead, life } = signal;
  if (life === null) return null;
  const pair =
    acceptedWithinTtl(ledger, outcomes.accepted, life) ??
    (refreshes ? acceptedDespiteRepeat(ledger, outcomes, life) : null);
  if (pair !== null) {
    const [earlier, later] = pair;
    return {
      kind: isRead
        ? effects <= perhapsApart(ledger, perhapsTaken(ledger, signal, life), life)
          ? 'accepted twice, processed once'
          : 'processed twice'
        : kindByAnswers(ledger, pair),
      text: (id) => `${id}: accepted twice within ${duration(Math.round(longestGapUs(ledger, earlier, later) / 1000))}`,
    };
  }
  // An effect that no answer tells of may be what a duplicate repeats.
  if (isRead && effects > outcomes.accepted.length) return null;
  if (!hasUnexplained(ledger, outcomes, life, refreshes)) return null;
  return {
    kind: 'wrongly suppressed',
    text: (id) => `${id}: answered as duplicate with no acceptance ${beforeInWords(life)}`,
  };
}

const beforeInWords = ({ maxUs }: KeyLifeUs): string =>
  maxUs === foreverMs * 1000 ? 'before' : `in the ${maxUs / 1000} ms before`;

/** The most acceptances of which no two surely lie within one TTL: so many effects are as they should be. */
function perhapsApart(ledger: Ledger, accepted: readonly number[], life: KeyLifeUs): number {
  return countApart(accepted, (earlier, later) => !surelyWithinTtl(ledger, earlier, later, life));
}

/**
 * Acceptances, and answers of the same text as one before that may have been forgotten by then: where a repeat is answered in other
 * words, what was taken anew past the TTL looks like a replay of the first.
 */
function perhapsTaken(ledger: Ledger, { attempts }: Signal, life: KeyLifeUs): readonly number[] {
  const latest = new Map<number, number>();
  return attempts.filter((at) => {
    if (ledger.recordedOutcomeOf(at) !== 'accepted') return false;
    const hash = ledger.answerHashOf(at);
    const before = latest.get(hash);
    latest.set(hash, at);
    return !ledger.isReplay(at) || before === undefined || !surelyWithinTtl(ledger, before, at, life);
  });
}

/** The same answer, byte for byte, may be a replay: what was processed, answers do not say then. */
function kindByAnswers(
  ledger: Ledger,
  [earlier, later]: readonly [number, number],
): 'accepted twice' | 'answered alike twice' {
  const hash = ledger.answerHashOf(earlier);
  return hash !== 0 && hash === ledger.answerHashOf(later) ? 'answered alike twice' : 'accepted twice';
}

/** Two acceptances, in order of sending, that surely lie within one TTL. */
function acceptedWithinTtl(
  ledger: Ledger,
  accepted: readonly number[],
  life: KeyLifeUs,
): readonly [number, number] | null {
  for (let n = 1; n < accepted.length; n += 1) {
    const [earlier, later] = [accepted[n - 1] ?? 0, accepted[n] ?? 0];
    if (surelyWithinTtl(ledger, earlier, later, life)) return [earlier, later];
  }
  return null;
}

/** Where a repeat prolongs the TTL, what follows it within one is a repeat, too. */
function acceptedDespiteRepeat(
  ledger: Ledger,
  { accepted, duplicates }: SignalOutcomes,
  life: KeyLifeUs,
): readonly [number, number] | null {
  const times = ledger.timesAmong([...accepted, ...duplicates]);
  // Of the repeats that ended before an acceptance was sent, the one that was sent last lies nearest to it.
  const last = new PrefixBest(
    duplicates,
    (repeat) => times.endUs(repeat),
    (repeat) => times.sendUs(repeat),
  );
  const isBefore = (repeat: number, at: number): boolean =>
    times.endUs(repeat) < times.sendUs(at) && surelyWithinTtl(ledger, repeat, at, life);
  for (const at of accepted) {
    if (times.endUs(at) - last.highest(times.sendUs(at)) >= minShownUs(life.minUs)) continue;
    const before = duplicates.find((repeat) => isBefore(repeat, at));
    if (before !== undefined) return [before, at];
  }
  return null;
}

/** Whether some duplicate surely has nothing in the TTL before it that it could repeat. */
function hasUnexplained(ledger: Ledger, outcomes: SignalOutcomes, life: KeyLifeUs, refreshes: boolean): boolean {
  const claims = [...outcomes.accepted, ...outcomes.either, ...outcomes.maybe];
  const times = ledger.timesAmong([...claims, ...outcomes.duplicates]);
  // What got no answer may have had its effect at any later time.
  const latest = new PrefixBest(
    claims,
    (at) => times.sendUs(at),
    (at) => (ledger.isUnknown(at) ? Number.POSITIVE_INFINITY : times.endUs(at)),
  );
  // Duplicates come in order of sending, so an explained one that refreshes was begun before all that follow.
  let refreshedUs = Number.NEGATIVE_INFINITY;
  for (const at of outcomes.duplicates) {
    const explainedUs = Math.max(latest.highest(times.endUs(at)), refreshedUs);
    if (times.sendUs(at) - explainedUs > maxShownUs(life.maxUs)) return true;
    if (refreshes) refreshedUs = Math.max(refreshedUs, times.endUs(at));
  }
  return false;
}
