import { isRedelivery } from '../../../contract/plan/roles.ts';
import { sentNames } from '../../../contract/plan/signal-id.ts';
import type { TargetProfile } from '../../../contract/profile/profile.ts';
import { knowsReplays } from '../../../contract/request/answer.ts';
import { forEachSignal } from '../../interpret/attempts.ts';
import { isOfForgedPhase } from '../../interpret/forged.ts';
import type { Ledger } from '../../journal/ledger.ts';
import { signalPicture } from '../signal-picture.ts';
import { Tally } from '../tally.ts';
import { type KeyLifeUs, keyLifeUsOf, shortestGapUs } from '../ttl.ts';
import { UnreadWebhooks } from '../unread-webhooks.ts';
import { DecisionSpan } from './decision-span.ts';
import { byWrongKind, type OddKind, oddKinds, type SignalFinding, type WrongKind } from './findings.ts';
import { judgeByAnswers } from './judge-answers.ts';
import { judgeByEffects, mayBeTwice } from './judge-effects.ts';
import { Refusals } from './judge-refusals.ts';
import { remarksOn } from './odd-words.ts';
import { Redelivered, type RedeliveryCounts } from './redelivered.ts';
import { SharedIds } from './shared-ids.ts';
import {
  failedBefore,
  isAmbiguous,
  isSurelyRepeated,
  isTaken,
  isToldTwice,
  repeatsTold,
  type Signal,
  signalOutcomesOf,
} from './signal-outcomes.ts';
import { Suppressed, type SuppressedSignals } from './suppressed.ts';
import { countDoubled, doubledBy, noTwiceCounts, type TwiceCounts } from './twice-counts.ts';
import { unsentEffects } from './unsent-effects.ts';

/** What became of the signals of one scenario. */
export interface Reconciliation {
  readonly signals: number;
  /** What was read back of them: what was refused has none, and each repeat past the TTL one more. */
  readonly effects: number;
  /** Effects beside the first of a signal that are as promised: of repeats past the TTL, and of those with another price. */
  readonly furtherEffects: { readonly past: number; readonly changed: number };
  /** Signals that were answered with another signal's answer. */
  readonly borrowed: number;
  readonly suppressed: SuppressedSignals;
  /** Signals accepted twice within the TTL, each time with the same answer, of which nothing was read back. */
  readonly alike: number;
  /** Signals that were in progress when last asked about, though nothing tells that their work was over. */
  readonly perhapsStuck: Tally;
  readonly repeated: number;
  /** Signals of which some request was accepted. */
  readonly accepted: number;
  /** Signals of which some request was answered as accepted or duplicate: the target has them, by what it says. */
  readonly taken: number;
  /** Signals with a request of which no answer tells the effect. */
  readonly unknown: number;
  /** Signals with a repeat that may lie on either side of the TTL: it proves nothing. */
  readonly ambiguous: number;
  readonly wrong: Readonly<Record<WrongKind, Tally>>;
  /** Signals with a repeat surely within the TTL, both answered. */
  readonly surelyRepeated: TwiceCounts;
  /** Signals processed or accepted twice of which each acceptance was sent after the one before was answered: no race. */
  readonly twiceApart: number;
  /** Signals processed or accepted twice, and sent again though by no phase of redelivery, of which a request was answered with a failure before. */
  readonly twiceAfterFailure: number;
  /** Accepted signals with a complete read-back. */
  readonly readBack: TwiceCounts;
  /** Signals that were accepted at first and processed twice, though each repeat was answered as failed, or as refused. */
  readonly twiceThough: { readonly failed: number; readonly refused: number };
  /** Signals that were sent again as senders do: in the redelivery scenario. */
  readonly redelivered: RedeliveryCounts;
  /** Webhooks whose read-back is missing, incomplete or cut off, each with the reason. */
  readonly unread: readonly string[];
  /** Signals that share an id, of which the read-back tells the id alone: their effects are not held against them. */
  readonly unnamed: number;
  /** Oddities that break nothing. */
  readonly remarks: readonly string[];
  /** Effects of ids of another scenario, or of nobody's we know. */
  readonly thirdParty: number;
  /** Those of them that the tool's own check before the load had sent. */
  readonly checks: number;
}

/**
 * Compares each signal's answers with its effects. Two effects are one too many if they surely lie within a TTL; a duplicate
 * is wrong if the last acceptance surely lies more than a TTL back; a request without an answer may have had an effect at any
 * later time, or none.
 */
export function reconcile(ledger: Ledger, profile: TargetProfile): Reconciliation {
  return new Reconciler(ledger, profile).run();
}

class Reconciler {
  private readonly ledger: Ledger;
  private readonly profile: TargetProfile;
  private readonly life: KeyLifeUs | null;
  private readonly refreshes: boolean;
  /** Where there is a read-back, what was processed is known by it alone. */
  private readonly isPromisedRead: boolean;
  /** How people find a signal in what the target keeps. */
  private readonly sentName: (id: string) => string;
  private readonly webhooks: UnreadWebhooks;
  private readonly shared: SharedIds;
  private readonly wrong = byWrongKind(() => new Tally());
  private readonly odd = {
    'only duplicate': new Tally(),
    'accepted twice, processed once': new Tally(),
    'answered alike twice': new Tally(),
    'perhaps twice': new Tally(),
    'perhaps stuck': new Tally(),
  };
  private readonly redelivered = new Redelivered();
  private readonly decisions: DecisionSpan;
  private readonly refusals: Refusals;
  private readonly suppressed: Suppressed;
  private readonly totals = {
    borrowed: 0,
    signals: 0,
    effects: 0,
    repeated: 0,
    accepted: 0,
    taken: 0,
    unknown: 0,
    ambiguous: 0,
    matched: 0,
    unnamed: 0,
    twiceApart: 0,
    twiceAfterFailure: 0,
  };
  private readonly furtherEffects = { past: 0, changed: 0 };
  private surelyRepeated = noTwiceCounts;
  private readBack = noTwiceCounts;
  private readonly twiceThough = { failed: 0, refused: 0 };

  constructor(ledger: Ledger, profile: TargetProfile) {
    this.ledger = ledger;
    this.profile = profile;
    this.life = keyLifeUsOf(profile);
    this.refreshes = profile.idempotency.kind === 'ttl' && profile.idempotency.repeatRefreshes;
    this.isPromisedRead = profile.readback.kind !== 'none';
    this.sentName = sentNames(profile);
    this.webhooks = new UnreadWebhooks(ledger, profile);
    this.shared = new SharedIds(ledger);
    this.decisions = new DecisionSpan(ledger);
    this.refusals = new Refusals(ledger, this.life);
    this.suppressed = new Suppressed(ledger, this.sentName);
  }

  run(): Reconciliation {
    const { totals, wrong, webhooks, twiceThough } = this;
    const sent = forEachSignal(this.ledger, (attempts, signal) => this.add(attempts, signal));
    const { unexpected, thirdParty, checks } = unsentEffects(this.ledger, sent, this.shared);
    for (const id of unexpected) wrong.unexpected.add('', () => `${this.sentName(id)}: never sent, but processed`);
    const { kind } = this.profile.readback;
    const isForAll = kind === 'command' || kind === 'query';
    const isUnmatched = totals.accepted > 0 && totals.matched === 0;
    const unread = kind === 'none' ? [] : webhooks.settle(wrong, isUnmatched, isForAll);
    const alike = this.odd['answered alike twice'].count;
    const redelivered = this.redelivered.counts();
    const suppressed = this.suppressed.counts();
    const { surelyRepeated, readBack, furtherEffects } = this;
    return {
      ...{
        ...totals,
        furtherEffects,
        suppressed,
        alike,
        perhapsStuck: this.odd['perhaps stuck'],
        wrong,
        surelyRepeated,
        readBack,
        twiceThough,
        redelivered,
        unread,
        thirdParty,
        checks,
      },
      remarks: remarksOn(this.odd),
    };
  }

  private add(attempts: readonly number[], signal: number): void {
    const { ledger, totals } = this;
    const [first] = attempts;
    // The criterion on authentication judges these.
    if (first === undefined || isOfForgedPhase(this.ledger, first)) return;
    const webhook = ledger.webhookOf(first);
    const effects = ledger.effects(signal);
    const isUnnamed = this.shared.isNamedByIt(signal, first);
    const isRead = !isUnnamed && attempts.every((at) => ledger.isReadBack(ledger.webhookOf(at)));
    totals.signals += 1;
    totals.effects += effects;
    if (attempts.length > 1) totals.repeated += 1;
    if (isUnnamed) totals.unnamed += 1;
    if (attempts.some((at) => ledger.isBorrowed(at))) {
      totals.borrowed += 1;
      return;
    }
    if (effects > 0 || isUnnamed) {
      totals.matched += 1;
      this.webhooks.sawProcessed(webhook, first);
    }
    // Nearly all of a long run's millions of signals: nothing is made for them.
    const isAsPromised = effects === 1 || (effects === 0 && !isRead);
    if (attempts.length === 1 && ledger.outcomeOf(first) === 'accepted' && isAsPromised) {
      totals.accepted += 1;
      totals.taken += 1;
      if (isRead) this.readBack = countDoubled(this.readBack, 'once');
      return;
    }
    // With another price under the same key a target may see another signal, or a change of the first: no TTL between the two.
    const isChanged = ledger.roleOf(first) === 'idempotency.changed-payload';
    const outcomes = signalOutcomesOf(ledger, attempts);
    const life = isChanged ? null : this.life;
    this.judge({ index: signal, attempts, first, outcomes, effects, isRead, life, isChanged });
  }

  private judge(signal: Signal): void {
    const { ledger, totals } = this;
    const isAccepted = signal.outcomes.accepted.length > 0;
    if (isAccepted) totals.accepted += 1;
    if (isTaken(signal)) totals.taken += 1;
    this.suppressed.add(signal);
    if (hasUnknownEnd(ledger, signal)) totals.unknown += 1;
    if (isAmbiguous(ledger, signal)) totals.ambiguous += 1;

    const found =
      judgeByEffects(ledger, signal, this.decisions) ??
      judgeByAnswers(ledger, signal, this.refreshes) ??
      this.refusals.judge(signal);
    const doubled = doubledBy(found, this.isPromisedRead ? !signal.isRead || mayBeTwice(ledger, signal) : false);
    if (doubled === 'once') {
      this.furtherEffects[signal.isChanged ? 'changed' : 'past'] += Math.max(0, signal.effects - 1);
    }
    if (isSurelyRepeated(ledger, signal)) this.surelyRepeated = countDoubled(this.surelyRepeated, doubled);
    if (isAccepted && signal.isRead) this.readBack = countDoubled(this.readBack, doubled);
    if (isRedelivery(ledger.roleOf(signal.first))) {
      this.redelivered.add(ledger, { signal, found, doubled, held: this.refusals.brieflyHeld(signal) });
    }
    if (found !== null) this.note(signal, found);
    else if (!knowsReplays(this.profile) && isToldTwice(ledger, signal))
      this.odd['accepted twice, processed once'].add('', () => '');
  }

  private note(signal: Signal, found: SignalFinding): void {
    const { ledger } = this;
    const { kind } = found;
    const phase = ledger.phaseOf(signal.first);
    const text = (): string => found.text(this.sentName(ledger.signals.text(signal.index)));
    if (kind === 'lost' || kind === 'accepted again and not processed') {
      // Whether it is, only the whole list of its webhook tells.
      this.webhooks.sawMissing(ledger.webhookOf(signal.first), signal.first, {
        ...{ kind, phase, text },
        draw: signalPicture(ledger, signal, kind, this.sentName),
      });
    } else if (isOdd(kind)) {
      this.odd[kind].add(phase, text);
    } else {
      this.wrong[kind].add(phase, text, signalPicture(ledger, signal, kind, this.sentName));
    }
    if (kind === 'processed twice' || kind === 'accepted twice') this.explainTwice(signal, kind);
  }

  private explainTwice(signal: Signal, kind: 'processed twice' | 'accepted twice'): void {
    const { ledger, totals } = this;
    if (areApart(ledger, signal)) totals.twiceApart += 1;
    if (!isRedelivery(ledger.roleOf(signal.first)) && failedBefore(ledger, signal) !== null)
      totals.twiceAfterFailure += 1;
    const told = kind === 'processed twice' && signal.isRead ? repeatsTold(ledger, signal) : null;
    if (told !== null) this.twiceThough[told] += 1;
  }
}

/** A signal whose sender cut a connection and was told later that it had arrived is as well known as any. */
function hasUnknownEnd(ledger: Ledger, { outcomes: { accepted, duplicates, maybe, hasUnknown } }: Signal): boolean {
  const isTold = accepted.length + duplicates.length > 0;
  const isCutAlone = maybe.every((at) => ledger.outcomeOf(at) === 'abandoned' || !ledger.isUnknown(at));
  return hasUnknown && !(isTold && isCutAlone);
}

/** Whether it was accepted again, and each time only after the one before was answered. */
const areApart = (ledger: Ledger, { outcomes: { accepted, maybe } }: Signal): boolean =>
  accepted.length > 1 &&
  maybe.length === 0 &&
  accepted.every((at, n) => n === 0 || shortestGapUs(ledger, accepted[n - 1] ?? at, at) >= 0);

const isOdd = (kind: SignalFinding['kind']): kind is OddKind => oddKinds.some((odd) => odd === kind);
