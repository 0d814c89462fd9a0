import type { TargetProfile } from '../../contract/profile/profile.ts';
import { minDropped, roundLength } from '../interpret/cut-off-lists.ts';
import type { Ledger } from '../journal/ledger.ts';
import { none } from '../journal/ledger-rows.ts';
import { counted } from '../words.ts';
import { drainSeen, undrained } from './drain.ts';
import { refusedReadback } from './refused-readback.ts';
import type { DrawSignal } from './signal-picture.ts';
import type { Tally } from './tally.ts';

/** As many as a tally names. Of a server that loses everything there are millions. */
const maxTexts = 5;
/** Of more webhooks the number tells more. */
const maxNamed = 3;

type MissingKind = 'lost' | 'accepted again and not processed';

interface Missing {
  readonly kind: MissingKind;
  readonly phase: string;
  readonly text: () => string;
  readonly draw: DrawSignal;
}

interface Webhook {
  readonly texts: Missing[];
  /** By kind and phase, those that have no text. */
  readonly unnamed: Record<MissingKind, Map<string, number>>;
  missing: number;
  missingFromUs: number;
  missingToUs: number;
  processedFromUs: number;
  processedToUs: number;
}

/** Which webhooks' read-backs can be relied on. What is missing from one that cannot is not called lost. */
export class UnreadWebhooks {
  private readonly ledger: Ledger;
  private readonly profile: TargetProfile;
  private readonly webhooks = new Map<number, Webhook>();

  constructor(ledger: Ledger, profile: TargetProfile) {
    this.ledger = ledger;
    this.profile = profile;
  }

  sawProcessed(webhook: number, at: number): void {
    const seen = this.of(webhook);
    const sendUs = this.ledger.sendUs(at);
    seen.processedFromUs = Math.min(seen.processedFromUs, sendUs);
    seen.processedToUs = Math.max(seen.processedToUs, sendUs);
  }

  sawMissing(webhook: number, at: number, missing: Missing): void {
    const { kind, phase } = missing;
    const seen = this.of(webhook);
    const sendUs = this.ledger.sendUs(at);
    seen.missing += 1;
    if (seen.texts.length < maxTexts) seen.texts.push(missing);
    else seen.unnamed[kind].set(phase, (seen.unnamed[kind].get(phase) ?? 0) + 1);
    seen.missingFromUs = Math.min(seen.missingFromUs, sendUs);
    seen.missingToUs = Math.max(seen.missingToUs, sendUs);
  }

  /**
   * Puts what is missing into its tally, except if the list looks cut off.
   * @param isForAll one reading tells of all webhooks: a query in the wrong place shows nothing.
   * @param isThirdParty no effect has the id of any signal sent, although signals were accepted.
   * @returns for each webhook that cannot be relied on, why.
   */
  settle(wrong: Readonly<Record<MissingKind, Tally>>, isThirdParty: boolean, isForAll: boolean): readonly string[] {
    const { failure } = this.ledger.effectTimes;
    const reasons = failure !== null ? [failure] : [...this.incompleteWords()];
    if (isThirdParty && this.ledger.effectCount === 0 && isForAll && failure === null) {
      return [
        ...reasons,
        'read-back shows no signal at all: either nothing is processed (does the worker run?), or it looks in the wrong place (see readback)',
      ];
    }
    if (isThirdParty && this.ledger.effectCount > 0) {
      return [...reasons, 'read-back names none of the signals sent: does readback.id name the field of the id?'];
    }
    /** Webhooks by the number of entries at which they end. */
    const cutOff = new Map<number, readonly number[]>();
    for (const [webhook, entries] of this.ledger.cutOff) cutOff.set(entries, [...(cutOff.get(entries) ?? []), webhook]);
    for (const [webhook, seen] of this.webhooks) {
      if (this.looksCutOff(webhook, seen)) {
        const entries = this.ledger.entriesFor(webhook);
        cutOff.set(entries, [...(cutOff.get(entries) ?? []), webhook]);
        continue;
      }
      for (const { kind, phase, text, draw } of seen.texts) wrong[kind].add(phase, text, draw);
      for (const kind of ['lost', 'accepted again and not processed'] as const) {
        for (const [phase, count] of seen.unnamed[kind])
          for (let n = 0; n < count; n += 1) wrong[kind].add(phase, () => '');
      }
    }
    for (const [entries, [first = 0, ...others]] of cutOff) {
      const more = others.length === 0 ? '' : ` and ${counted(others.length, 'other')}`;
      reasons.push(
        `read-back of webhook ${first}${more} looks cut off at ${counted(entries, 'entry', 'entries')}: see readback.next`,
      );
    }
    return reasons;
  }

  private incompleteWords(): readonly string[] {
    const { ledger, profile } = this;
    const sentTo = this.sentTo();
    const incomplete = sentTo.filter((webhook) => !ledger.isReadBack(webhook) && !ledger.cutOff.has(webhook));
    if (incomplete.length === 0) return [];
    const refused = refusedReadback(ledger, profile, incomplete);
    const isNamed = incomplete.length < sentTo.length && incomplete.length <= maxNamed;
    const which = isNamed ? `webhook ${incomplete.join(' and webhook ')}` : counted(incomplete.length, 'webhook');
    return [
      undrained(drainSeen(ledger)) ??
        `the read-back of ${which} is incomplete, or two reads in a row never agreed: see docs/troubleshooting.md, read-back`,
      ...refused,
    ];
  }

  /**
   * All that is missing is older than all that is there, or newer, and there is a round number of effects; or it is older, and
   * the target's counter knows of it.
   */
  private looksCutOff(webhook: number, seen: Webhook): boolean {
    const length = this.ledger.entriesFor(webhook);
    if (seen.missing === 0 || length === 0) return false;
    const isOlder = seen.missingToUs < seen.processedFromUs;
    const isNewer = seen.missingFromUs > seen.processedToUs;
    if (length % roundLength === 0) return isOlder || isNewer;
    const dropped = (this.ledger.totals.get(webhook) ?? 0) - length;
    return isOlder && seen.missing >= minDropped && dropped >= seen.missing;
  }

  private sentTo(): readonly number[] {
    const webhooks = new Set<number>();
    for (let at = 0; at < this.ledger.length; at += 1) {
      if (this.ledger.signalOf(at) !== none && this.ledger.isSignal(at)) webhooks.add(this.ledger.webhookOf(at));
    }
    return [...webhooks].sort((a, b) => a - b);
  }

  private of(webhook: number): Webhook {
    const known = this.webhooks.get(webhook);
    if (known !== undefined) return known;
    const made: Webhook = {
      texts: [],
      unnamed: { lost: new Map(), 'accepted again and not processed': new Map() },
      missing: 0,
      missingFromUs: Number.POSITIVE_INFINITY,
      missingToUs: 0,
      processedFromUs: Number.POSITIVE_INFINITY,
      processedToUs: 0,
    };
    this.webhooks.set(webhook, made);
    return made;
  }
}
