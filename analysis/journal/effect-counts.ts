import { parseSignalId } from '../../contract/plan/signal-id.ts';
import { Column } from './column.ts';
import { EffectsOnPage } from './effects-on-page.ts';
import type { Ledger } from './ledger.ts';
import { ListedPages } from './listed-pages.ts';
import { splitId } from './signal-ids.ts';

/** Of one run there are as many as it has codes of phases. */
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
  private readonly beginnings = new Set<string>();
  /** Effects of ids that are not kept: other senders' may come first, and each may begin as no other does. */
  private others = 0;

  /** @param signals one or more of the run's: only effects of ids that begin as theirs do are kept. */
  constructor(signals: Iterable<string> = []) {
    for (const signal of signals) this.expect(signal);
  }

  /** Tells of a signal of the run, before the effects of those like it are added. */
  expect(signal: string): void {
    const tag = parseSignalId(signal)?.runTag;
    if (tag === undefined || this.beginnings.has(`${tag}-`)) return;
    this.beginnings.add(`${tag}-`);
    this.pages.expect(signal);
  }

  add(signal: string, webhook: number, processedAtUs = 0): void {
    this.byWebhook.set(webhook, (this.byWebhook.get(webhook) ?? 0) + 1);
    const isOurs = this.isOurs(signal);
    if (isOurs) this.pages.add(signal, webhook, processedAtUs);
    const place = isOurs ? this.placeOf(signal, true) : null;
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
  rest(): {
    readonly unexpected: number;
    readonly named: readonly string[];
    readonly thirdParty: number;
  } {
    let unexpected = 0;
    const named: string[] = [];
    for (const [prefix, { column, length }] of this.counts) {
      for (let n = 0; n < length; n += 1) {
        if (column.get(n) === 0) continue;
        unexpected += 1;
        if (named.length < maxNamed) named.push(`${prefix}${n}: never sent, but processed`);
      }
    }
    return { unexpected, named, thirdParty: this.others };
  }

  private isOurs(signal: string): boolean {
    for (const beginning of this.beginnings) if (signal.startsWith(beginning)) return true;
    return false;
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
