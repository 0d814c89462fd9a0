import { type Flaw, flaws, isFalseAtFirst } from '../../contract/plan/flaws.ts';
import { forEachSignal } from '../interpret/attempts.ts';
import { flawOf, isOfForgedPhase } from '../interpret/forged.ts';
import type { Ledger } from '../journal/ledger.ts';
import {
  addOne,
  type CompactSignals,
  countRespaced,
  deniesSender,
  noRespaced,
  type RespacedCounts,
} from './respaced-signals.ts';

/** What became of the signals with one flaw. The first five add up to all that were sent. */
export interface FlawCounts {
  refused: number;
  /** Refused by a server error: it had no effect, and was not meant. */
  failed: number;
  accepted: number;
  /** Throttled, or called a duplicate before anybody looked at the signature. */
  undecided: number;
  /** Without an answer. */
  unknown: number;
  /** Of the accepted, those that were processed; and of the others. */
  acceptedProcessed: number;
  refusedProcessed: number;
}

export interface ForgedSignals extends CompactSignals {
  readonly byFlaw: ReadonlyMap<Flaw, Readonly<FlawCounts>>;
  /**
   * Signals without a flaw, how many of them were accepted, and how many refused with 401 or 403. Whoever calls some of these new ones
   * duplicates has a coarse key.
   */
  readonly right: CompactSignals['right'] & { readonly sent: number };
  /** Right ones with spaces in their bodies: they count nowhere else. */
  readonly respaced: Readonly<RespacedCounts>;
  /** Right signals under the id of a false one that was refused before, and how many of those were accepted, or called duplicates and not processed. */
  readonly corrected: { readonly sent: number; readonly accepted: number; readonly keptOut: number };
  /** Statuses that refused, with their counts. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly webhooks: ReadonlySet<number>;
}

const noCounts = (): FlawCounts => ({
  ...{ refused: 0, failed: 0, accepted: 0, undecided: 0, unknown: 0 },
  ...{ acceptedProcessed: 0, refusedProcessed: 0 },
});

type Answer = 'refused' | 'failed' | 'accepted' | 'undecided' | 'unknown';

/** An answer to a false signal. A profile need not name the status of a refusal. */
function answerTo(ledger: Ledger, at: number): Answer {
  const outcome = ledger.outcomeOf(at);
  if (outcome === 'accepted' || outcome === 'rejected') return outcome === 'accepted' ? 'accepted' : 'refused';
  if (outcome === 'limited' || outcome === 'duplicate' || outcome === 'pending') return 'undecided';
  // A timeout that is told shows nothing of what became of the signal.
  if (ledger.isGivenUp(at)) return 'unknown';
  const status = ledger.statusOf(at);
  if (status >= 300 && status < 500) return 'refused';
  return status >= 500 ? 'failed' : 'unknown';
}

/**
 * Whether a right signal under the id of a false one may be what was processed, by its answer. What failed, or got no answer, may be:
 * unless the false one was accepted, for then that is what was processed.
 */
function mayHaveEffect(ledger: Ledger, at: number, answer: Answer): boolean {
  const outcome = ledger.outcomeOf(at);
  if (answer === 'accepted') return outcome === 'accepted';
  return !['duplicate', 'pending', 'limited', 'rejected'].includes(outcome);
}

/** The signals of the probe of authentication, by their flaws. */
export function forgedSignals(ledger: Ledger): ForgedSignals {
  const byFlaw = new Map<Flaw, FlawCounts>();
  const right = { sent: 0, accepted: 0, duplicates: 0, refused: 0 };
  const respaced = noRespaced();
  const corrected = { sent: 0, accepted: 0, keptOut: 0 };
  const statuses = new Map<number, number>();
  const webhooks = new Set<number>();
  const acceptedAt = new Set<number>();
  forEachSignal(ledger, (attempts, signal) => {
    const [first, second] = attempts;
    if (first === undefined) return;
    const flaw = isOfForgedPhase(ledger, first) ? flawOf(ledger, first) : null;
    if (flaw === 'respaced') {
      webhooks.add(ledger.webhookOf(first));
      countRespaced(ledger, first, respaced);
      return;
    }
    for (const at of attempts) if (ledger.outcomeOf(at) === 'accepted') acceptedAt.add(ledger.webhookOf(at));
    if (flaw === null) return;
    webhooks.add(ledger.webhookOf(first));
    if (!isFalseAtFirst(flaw)) {
      right.sent += 1;
      const outcome = ledger.outcomeOf(first);
      if (outcome === 'accepted' || outcome === 'duplicate') right.accepted += 1;
      if (outcome === 'duplicate') right.duplicates += 1;
      if (deniesSender(ledger, first)) right.refused += 1;
      if (flaw === 'none') return;
    }
    // Of a replay nothing is known if its first was not taken.
    const isReplay = flaw === 'replayed';
    const at = isReplay ? second : first;
    if (at === undefined || (isReplay && ledger.outcomeOf(first) !== 'accepted')) return;
    const counts = byFlaw.get(flaw) ?? noCounts();
    byFlaw.set(flaw, counts);
    const isRecognized = isReplay && ledger.outcomeOf(at) === 'duplicate';
    const answer = isRecognized ? 'refused' : answerTo(ledger, at);
    counts[answer] += 1;
    if (answer === 'refused') addOne(statuses, ledger.statusOf(at));
    const isCorrected = !isReplay && second !== undefined;
    const ofRight = isReplay || (isCorrected && mayHaveEffect(ledger, second, answer)) ? 1 : 0;
    const effects = ledger.effects(signal);
    if (isCorrected && answer === 'refused' && ledger.sendUs(second) > ledger.endUs(at)) {
      const outcome = ledger.outcomeOf(second);
      corrected.sent += 1;
      if (outcome === 'accepted') corrected.accepted += 1;
      if (outcome === 'duplicate' && effects === 0) corrected.keptOut += 1;
    }
    if (effects <= ofRight) return;
    if (answer === 'accepted') counts.acceptedProcessed += 1;
    else counts.refusedProcessed += 1;
  });
  return { byFlaw, right, respaced, corrected, statuses, webhooks, acceptedAt };
}

/** Flaws in the order in which they are told. */
export const flawsIn = ({ byFlaw }: ForgedSignals): readonly (readonly [Flaw, Readonly<FlawCounts>])[] =>
  flaws.flatMap((flaw) => {
    const counts = byFlaw.get(flaw);
    return counts === undefined ? [] : [[flaw, counts] as const];
  });

export const sentOf = ({ refused, failed, accepted, undecided, unknown }: Readonly<FlawCounts>): number =>
  refused + failed + accepted + undecided + unknown;
