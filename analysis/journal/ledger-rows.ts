import { Column } from './column.ts';
import { EffectTimes } from './effect-times.ts';
import { EffectsOnPage } from './effects-on-page.ts';
import { HeaderSets } from './header-sets.ts';
import { ListedPages } from './listed-pages.ts';
import type { RequestRow } from './request-row.ts';
import { SignalIds } from './signal-ids.ts';

/** In the webhook and signal columns: none. */
export const none = 0xffffffff;

export type Kind = Required<Pick<RequestRow, 'phase' | 'purpose' | 'outcome' | 'status' | 'generator'>> & {
  readonly error: number;
};

/** Placeholder for an out-of-range row. */
export const noKind: Kind = { phase: '', purpose: 'setup', outcome: 'unclassified', status: 0, error: 0, generator: 0 };

/** Longer than any window, TTL or run; sums with times since 1970 stay exact. */
export const unknownUs = 1e15;

/** Beyond this many effects their order is not kept: no scenario that asks for it has as many. */
const maxPlaced = 1_000_000;

/** What was recorded of one scenario. It takes what the files hold, and the ledgers over it share it. */
export class LedgerRows {
  readonly signals = new SignalIds();
  readonly readbacks = new Map<number, number>();
  readonly effectsByWebhook = new Map<number, number>();
  readonly totals = new Map<number, number>();
  readonly effectTimes = new EffectTimes();
  pages = new ListedPages();
  /** Status → where the first redirect of it led. */
  readonly locations = new Map<number, string>();
  length = 0;
  effectCount = 0;
  /** Kept once it was asked for: several rules do, and each copy takes four bytes a request. */
  byWebhook: ReadonlyMap<number, Uint32Array> | null = null;
  readonly kinds: Kind[] = [];
  readonly send = new Column(Float64Array);
  /** Microseconds from send to end; capped at 71 minutes by its type. */
  readonly took = new Column(Uint32Array);
  /** Index in `kinds`: there are few different combinations of what a kind holds. */
  readonly kind = new Column(Uint16Array);
  /** Plus one: zero means none. */
  readonly webhook = new Column(Uint16Array);
  readonly signal = new Column(Uint32Array);
  readonly headers = new HeaderSets();
  /** Plus one: zero means none. */
  readonly retryAfter = new Column(Uint32Array);
  readonly effectsBySignal = new Column(Uint16Array);
  readonly effectsOnPage = new EffectsOnPage();
  /** Place plus one of a signal's first effect in its webhook's read-back. */
  readonly placeBySignal = new Column(Uint32Array);
  readonly answerHash = new Column(Uint32Array);
  /** By the generator's number: how far its times may be off, in microseconds. */
  readonly clocks: number[] = [];
  private firstSender: number | null = null;
  /** Whether more than one generator sent. */
  areSeveral = false;
  private readonly kindByKey = new Map<string, number>();
  private latestKind = 0;
  /** Of the ids of signals, up to the hyphen. */
  private latestBeginning = ' ';

  add(row: RequestRow): void {
    const { sendUs, endUs, webhook = null, signal = null } = row;
    const { headers = null, retryAfterMs = null, answerHash = null } = row;
    const at = this.length;
    this.byWebhook = null;
    this.firstSender ??= row.generator ?? 0;
    this.areSeveral ||= this.firstSender !== (row.generator ?? 0);
    this.send.set(at, sendUs);
    this.took.set(at, Math.max(0, Math.min(0xffffffff, Math.round(endUs - sendUs))));
    this.kind.set(at, this.kindIndex(row));
    this.webhook.set(at, webhook === null ? 0 : webhook + 1);
    this.signal.set(at, signal === null ? none : this.indexOfSent(signal));
    if (headers !== null) this.headers.set(at, headers);
    if (retryAfterMs !== null) this.retryAfter.set(at, Math.min(0xfffffffe, Math.round(retryAfterMs)) + 1);
    if (row.location && !this.locations.has(row.status)) this.locations.set(row.status, row.location);
    if (answerHash !== null) this.answerHash.set(at, answerHash);
    this.length += 1;
  }

  /** How far the times of a row may be off beside those of another generator's; 0 where one generator sent all. */
  widthUs(at: number): number {
    if (!this.areSeveral || this.clocks.length === 0) return 0;
    return this.clocks[this.kinds[this.kind.get(at)]?.generator ?? 0] ?? 0;
  }

  addEffect(signal: string, webhook: number, processedAtUs: number): void {
    const index = this.signals.indexOf(signal);
    const place = (this.effectsByWebhook.get(webhook) ?? 0) + 1;
    const effects = this.effectsBySignal.get(index);
    if (this.effectCount < maxPlaced && effects === 0) this.placeBySignal.set(index, place);
    this.effectsBySignal.set(index, Math.min(0xffff, effects + 1));
    this.effectsByWebhook.set(webhook, place);
    this.effectsOnPage.add(index, webhook);
    this.pages.add(signal, webhook, processedAtUs);
    if (processedAtUs > 0) this.effectTimes.told(index, processedAtUs);
    this.effectCount += 1;
  }

  private indexOfSent(signal: string): number {
    if (!signal.startsWith(this.latestBeginning)) {
      this.latestBeginning = signal.slice(0, signal.indexOf('-') + 1);
      this.pages.expect(signal);
    }
    return this.signals.indexOf(signal);
  }

  private kindIndex({ phase, purpose, outcome, status, error, generator = 0 }: RequestRow): number {
    const kind: Kind = { phase, purpose, outcome, status, error: error ?? 0, generator };
    // Most are as the one before, and a key takes as long as all else of a row.
    if (isSameKind(this.kinds[this.latestKind], kind)) return this.latestKind;
    const key = `${phase} ${purpose} ${outcome} ${status} ${kind.error} ${generator}`;
    this.latestKind = this.kindByKey.get(key) ?? this.kinds.push(kind) - 1;
    this.kindByKey.set(key, this.latestKind);
    return this.latestKind;
  }
}

const isSameKind = (a: Kind | undefined, b: Kind): boolean =>
  a !== undefined &&
  a.outcome === b.outcome &&
  a.phase === b.phase &&
  a.purpose === b.purpose &&
  a.status === b.status &&
  a.error === b.error &&
  a.generator === b.generator;
