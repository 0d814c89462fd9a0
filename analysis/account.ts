import { phases } from '../contract/plan.ts';
import type { TargetProfile } from '../contract/profile.ts';
import { forEachSignal } from './attempts.ts';
import type { Ledger } from './ledger.ts';
import { Tally } from './tally.ts';
import { allWithinTtl, longestGapUs, surelyBefore, surelyPastTtl, surelyWithinTtl, ttlUsOf } from './ttl.ts';
import { UnreadWebhooks } from './unread-webhooks.ts';
import { counted, times } from './words.ts';

/** What can be wrong with a signal, most telling first. A signal is counted once, as the first that fits. */
export const wrongKinds = ['lost', 'processed twice', 'unexpected', 'wrongly suppressed'] as const;
export type WrongKind = (typeof wrongKinds)[number];

/** What became of the signals of one scenario. */
export interface Account {
  readonly signals: number;
  readonly repeated: number;
  /** Signals of which some request was accepted. */
  readonly accepted: number;
  /** Signals with a request of which no answer tells the effect. */
  readonly unknown: number;
  /** Signals with a repeat that may lie on either side of the TTL: it proves nothing. */
  readonly ambiguous: number;
  readonly wrong: Readonly<Record<WrongKind, Tally>>;
  /** Signals with a repeat surely within the TTL, both answered, and those of them that were processed twice. */
  readonly surelyRepeated: { readonly n: number; readonly twice: number };
  /** Accepted signals with a complete read-back, and those of them that were processed twice. */
  readonly readBack: { readonly n: number; readonly twice: number };
  /** Webhooks whose read-back is missing, incomplete or cut off, each with the reason. */
  readonly unread: readonly string[];
  /** Oddities that break nothing. */
  readonly remarks: readonly string[];
  /** Effects of ids of another scenario, or of nobody's we know. */
  readonly foreign: number;
}

/**
 * Holds each signal's answers against its effects. Two effects are one too many where they surely lie within a TTL; a
 * duplicate is wrong where the last acceptance surely lies more than a TTL back; a request without an answer may have had an
 * effect at any later time, or none.
 */
export function accountOf(ledger: Ledger, profile: TargetProfile): Account {
  const ttlUs = ttlUsOf(profile);
  const refreshes = profile.idempotency.kind === 'ttl' && profile.idempotency.repeatRefreshes;
  const isReadBack = profile.readback.kind !== 'none';
  const webhooks = new UnreadWebhooks(ledger);
  const wrong = {
    lost: new Tally(),
    'processed twice': new Tally(),
    unexpected: new Tally(),
    'wrongly suppressed': new Tally(),
  };
  const onlyDuplicate = new Tally();
  const acceptedTwice = new Tally();
  const totals = { signals: 0, repeated: 0, accepted: 0, unknown: 0, ambiguous: 0, matched: 0 };
  const surelyRepeated = { n: 0, twice: 0 };
  const readBack = { n: 0, twice: 0 };

  function judge(attempts: readonly number[], signal: number): void {
    const [first] = attempts;
    if (first === undefined) return;
    const webhook = ledger.webhookOf(first);
    const effects = ledger.effects(signal);
    const isRead = webhooks.isComplete(webhook);
    totals.signals += 1;
    if (effects > 0) totals.matched += 1;
    if (attempts.length === 1 && ledger.outcomeOf(first) === 'accepted' && effects === 1) {
      totals.accepted += 1;
      if (isRead) readBack.n += 1;
      webhooks.sawProcessed(webhook, first);
      return;
    }
    if (attempts.length > 1) totals.repeated += 1;

    const id = (): string => ledger.signals.text(signal);
    const phase = ledger.phaseOf(first);
    // With another price under the same id a target may see another signal, or a change of the first: no TTL between the two.
    const isChanged = phase === phases.idempotencyChanged;
    const signalTtlUs = isChanged ? null : ttlUs;
    const accepted: number[] = [];
    const duplicates: number[] = [];
    /** Duplicates by their body, where the body does not tell: an acceptance or not. */
    const either: number[] = [];
    /** A 5xx may have been answered after the effect, and what got no answer may have had one. */
    const maybe: number[] = [];
    for (const at of attempts) {
      const outcome = ledger.outcomeOf(at);
      if (outcome === 'accepted') accepted.push(at);
      else if (outcome === 'duplicate')
        (ledger.isReplay(at) && ledger.replays === 'untold' ? either : duplicates).push(at);
      else if ((outcome === 'failed' || ledger.isUnknown(at)) && !ledger.isNeverSent(at)) maybe.push(at);
    }
    const isOpen = (at: number): boolean => ledger.isUnknown(at);
    const hasUnknown = maybe.some(isOpen);
    if (accepted.length > 0) totals.accepted += 1;
    if (hasUnknown) totals.unknown += 1;
    if (effects > 0) webhooks.sawProcessed(webhook, first);

    const most = accepted.length + either.length + maybe.length;
    const inOneTtl = signalTtlUs !== null && !hasUnknown && allWithinTtl(ledger, attempts, signalTtlUs);
    const cap = inOneTtl ? Math.min(1, most) : most;
    const answered = attempts.filter((at) => accepted.includes(at) || duplicates.includes(at));
    const isSurelyRepeated =
      signalTtlUs !== null &&
      answered.some((at, n) => n > 0 && surelyWithinTtl(ledger, answered[n - 1] ?? at, at, signalTtlUs));
    if (isSurelyRepeated) surelyRepeated.n += 1;
    if (
      signalTtlUs !== null &&
      attempts.some(
        (at, n) =>
          n > 0 && !surelyWithinTtl(ledger, first, at, signalTtlUs) && !surelyPastTtl(ledger, first, at, signalTtlUs),
      )
    ) {
      totals.ambiguous += 1;
    }
    if (isRead && accepted.length > 0) readBack.n += 1;
    const foundTwice = (text: () => string): void => {
      wrong['processed twice'].add(phase, text);
      if (isSurelyRepeated) surelyRepeated.twice += 1;
      if (isRead && accepted.length > 0) readBack.twice += 1;
    };

    if (isRead) {
      const owed = isChanged
        ? Math.min(1, accepted.length)
        : signalTtlUs === null
          ? accepted.length
          : surelyApart(ledger, accepted, signalTtlUs);
      if (effects < owed) {
        webhooks.sawMissing(
          webhook,
          first,
          phase,
          () => `${id()}: accepted ${times(accepted.length)}, processed ${times(effects)}`,
        );
        return;
      }
      // Whoever was told "duplicate" does not send again.
      const toldInVain = duplicates.find((at) => !maybe.some((other) => mayHaveLetGo(ledger, other, at)));
      if (effects === 0 && toldInVain !== undefined) {
        webhooks.sawMissing(webhook, first, phase, () => `${id()}: answered as a duplicate, never processed`);
        return;
      }
    }
    if (effects > cap) {
      if (most === 0 && duplicates.length === 0) {
        wrong.unexpected.add(phase, () => `${id()}: never admitted, processed ${times(effects)}`);
        return;
      }
      // A proxy that resends may hand its client the second answer: processed once, as promised.
      if (!(most === 0 && effects === 1)) {
        foundTwice(
          () =>
            `${id()}: processed ${times(effects)}${inOneTtl ? ' within the TTL' : ''}, accepted ${times(accepted.length)}`,
        );
        return;
      }
      onlyDuplicate.add(phase, id);
      return;
    }
    if (signalTtlUs === null) return;
    const pair =
      acceptedWithinTtl(ledger, accepted, signalTtlUs) ?? acceptedDespiteRepeat(accepted, duplicates, signalTtlUs);
    if (pair !== null) {
      const text = (): string =>
        `${id()}: accepted twice within ${(longestGapUs(ledger, pair[0], pair[1]) / 1000).toFixed(0)} ms`;
      if (isRead && effects < 2) acceptedTwice.add(phase, text);
      else foundTwice(text);
      return;
    }
    if (isRead && effects > accepted.length) return;
    const explaining = [...accepted, ...either, ...maybe];
    for (const at of duplicates) {
      const isExplained = explaining.some(
        (earlier) =>
          ledger.sendUs(earlier) <= ledger.endUs(at) &&
          (isOpen(earlier) || !surelyPastTtl(ledger, earlier, at, signalTtlUs)),
      );
      if (!isExplained) {
        wrong['wrongly suppressed'].add(
          phase,
          () => `${id()}: answered as duplicate with no acceptance in the ${signalTtlUs / 1000} ms before`,
        );
        return;
      }
      if (refreshes) explaining.push(at);
    }
  }

  /** Where a repeat prolongs the TTL, what follows it within one is a repeat, too. */
  function acceptedDespiteRepeat(
    accepted: readonly number[],
    duplicates: readonly number[],
    signalTtlUs: number,
  ): readonly [number, number] | null {
    if (!refreshes) return null;
    for (const at of accepted) {
      const before = duplicates.find(
        (repeat) => ledger.endUs(repeat) < ledger.sendUs(at) && surelyWithinTtl(ledger, repeat, at, signalTtlUs),
      );
      if (before !== undefined) return [before, at];
    }
    return null;
  }

  const sent = forEachSignal(ledger, judge);
  const { unexpected, foreign } = unsentEffects(ledger, sent);
  for (const id of unexpected) wrong.unexpected.add('', () => `${id}: never sent, but processed`);
  const unread = isReadBack ? webhooks.settle(wrong.lost, totals.accepted > 0 && totals.matched === 0) : [];
  return {
    ...totals,
    wrong,
    surelyRepeated,
    readBack,
    unread,
    foreign,
    remarks: [
      ...(onlyDuplicate.count > 0
        ? [
            `${counted(onlyDuplicate.count, 'signal')} answered only as duplicate, yet processed once (a proxy that resends does this)`,
          ]
        : []),
      ...(acceptedTwice.count > 0
        ? [`${counted(acceptedTwice.count, 'signal')} answered as accepted twice within the TTL, but processed once`]
        : []),
    ],
  };
}

/**
 * Whether `other` may have claimed the signal and let go of it again after `at` was called its duplicate: one that timed out
 * may have been cancelled at any time, one that was answered 5xx knew its end. A connection that broke off explains nothing:
 * whoever died with the claim had told others that the signal was done.
 */
function mayHaveLetGo(ledger: Ledger, other: number, at: number): boolean {
  if (ledger.sendUs(other) > ledger.endUs(at)) return false;
  const outcome = ledger.outcomeOf(other);
  if (outcome === 'timeout' || outcome === 'unclassified') return true;
  return !ledger.isUnknown(other) && !surelyBefore(ledger, other, at);
}

/** The most acceptances that lie pairwise more than a TTL apart: each of them must have an effect of its own. */
function surelyApart(ledger: Ledger, accepted: readonly number[], ttlUs: number): number {
  if (accepted.length < 2) return accepted.length;
  let count = 0;
  let last: number | null = null;
  for (const at of [...accepted].sort((a, b) => ledger.endUs(a) - ledger.endUs(b))) {
    if (last !== null && !surelyPastTtl(ledger, last, at, ttlUs)) continue;
    count += 1;
    last = at;
  }
  return count;
}

/** Two acceptances, in order of sending, that surely lie within one TTL. */
function acceptedWithinTtl(
  ledger: Ledger,
  accepted: readonly number[],
  ttlUs: number,
): readonly [number, number] | null {
  for (let n = 1; n < accepted.length; n += 1) {
    const [earlier, later] = [accepted[n - 1] ?? 0, accepted[n] ?? 0];
    if (surelyWithinTtl(ledger, earlier, later, ttlUs)) return [earlier, later];
  }
  return null;
}

/** The tag that a scenario begins all its ids with. */
const runTagOf = (id: string): string => id.slice(0, Math.max(0, id.indexOf('-')));

/**
 * Effects of signals that were never sent. With this scenario's own tag nobody else can have sent them; other ids are the
 * history of a given webhook, or another sender's.
 */
function unsentEffects(
  ledger: Ledger,
  sent: Uint8Array,
): { readonly unexpected: readonly string[]; readonly foreign: number } {
  let any = false;
  for (let signal = 0; signal < sent.length && !any; signal += 1)
    any = sent[signal] === 0 && ledger.effects(signal) > 0;
  if (!any) return { unexpected: [], foreign: 0 };
  const tags = new Set<string>();
  const unsent: string[] = [];
  ledger.signals.forEach((id, signal) => {
    if (sent[signal] !== 0) tags.add(runTagOf(id));
    else if (ledger.effects(signal) > 0) unsent.push(id);
  });
  const unexpected = unsent.filter((id) => tags.has(runTagOf(id)));
  return { unexpected, foreign: unsent.length - unexpected.length };
}
