import { parseSignalId } from '../../contract/plan/signal-id.ts';
import { Column } from './column.ts';
import { EffectsOnPage } from './effects-on-page.ts';
import type { Ledger } from './ledger.ts';
import { ListedPages } from './listed-pages.ts';
import { splitId } from './signal-ids.ts';

/** Of more beginnings of ids than these, others' signals are only counted. */
const maxPrefixes = 1_000;
/** Ids whose numbers are no plan's of ours. */
const maxNumber = 2 ** 27;
const maxNamed = 5;

interface Kept {
  readonly column: Column;
  readonly onPage: EffectsOnPage;
  length: number;
}

/**
 * How often each signal was processed, in five bytes a signal: what is read back of a long scenario comes after all its requests, and
 * its millions of ids fit nowhere.
 */
export class EffectCounts {
  /** Webhook → effects that are here. */
  readonly byWebhook = new Map<number, number>();
  /** Webhook → number of effects in its complete read-back. */
  readonly readbacks = new Map<number, number>();
  readonly pages = new ListedPages();
  private readonly counts = new Map<string, Kept>();
  /** Effects of ids that are not kept. */
  private others = 0;

  add(signal: string, webhook: number, processedAtUs = 0): void {
    this.pages.add(signal, webhook, processedAtUs);
    this.byWebhook.set(webhook, (this.byWebhook.get(webhook) ?? 0) + 1);
    const place = this.placeOf(signal, true);
    if (place === null) {
      this.others += 1;
      return;
    }
    const { kept, n } = place;
    kept.column.set(n, Math.min(0xff, kept.column.get(n) + 1));
    kept.onPage.add(n, webhook);
    kept.length = Math.max(kept.length, n + 1);
  }

  /** Its read-back settled, and as many effects are here as it had. */
  isReadBack(webhook: number): boolean {
    return this.readbacks.get(webhook) === (this.byWebhook.get(webhook) ?? 0);
  }

  /** Puts the effects of a ledger's signals into it, and takes them from here. */
  moveInto(ledger: Ledger): void {
    const webhookOf = new Map<number, number>();
    for (let at = 0; at < ledger.length; at += 1) {
      if (ledger.isSignal(at)) webhookOf.set(ledger.signalOf(at), ledger.webhookOf(at));
    }
    ledger.signals.forEach((id, signal) => {
      const place = this.placeOf(id, false);
      const count = place?.kept.column.get(place.n) ?? 0;
      for (let n = 0; n < count; n += 1) ledger.addEffect(id, webhookOf.get(signal) ?? 0);
      if (place === null || count === 0) return;
      ledger.effectsOnPage.set(signal, place.kept.onPage.of(place.n));
      place.kept.column.set(place.n, 0);
    });
    for (const webhook of new Set(webhookOf.values())) {
      if (this.isReadBack(webhook)) ledger.readbacks.set(webhook, ledger.effectsByWebhook.get(webhook) ?? 0);
    }
    ledger.pages = this.pages;
  }

  /** What is left when the effects of all ledgers were taken: of signals that were never sent. */
  rest(runTags: ReadonlySet<string>): {
    readonly unexpected: number;
    readonly named: readonly string[];
    readonly thirdParty: number;
  } {
    let [unexpected, thirdParty] = [0, this.others];
    const named: string[] = [];
    for (const [prefix, { column, length }] of this.counts) {
      const isOurs = runTags.has(parseSignalId(`${prefix}0`)?.runTag ?? '');
      for (let n = 0; n < length; n += 1) {
        if (column.get(n) === 0) continue;
        if (!isOurs) thirdParty += 1;
        else {
          unexpected += 1;
          if (named.length < maxNamed) named.push(`${prefix}${n}: never sent, but processed`);
        }
      }
    }
    return { unexpected, named, thirdParty };
  }

  private placeOf(signal: string, isNew: boolean) {
    const split = splitId(signal);
    if (split === null || split.number >= maxNumber) return null;
    const { prefix, number: n } = split;
    const known = this.counts.get(prefix);
    if (known !== undefined) return { kept: known, n };
    if (!isNew || this.counts.size >= maxPrefixes) return null;
    const kept = { column: new Column(Uint8Array), onPage: new EffectsOnPage(), length: 0 };
    this.counts.set(prefix, kept);
    return { kept, n };
  }
}
