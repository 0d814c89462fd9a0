import type { Purpose, RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { isNeverConnected } from '../../contract/journal/request-failures.ts';
import type { PhaseIndex } from '../../contract/plan/phase-index.ts';
import type { Role } from '../../contract/plan/roles.ts';
import type { EffectTimes } from './effect-times.ts';
import type { EffectsOnPage } from './effects-on-page.ts';
import type { HeaderSets } from './header-sets.ts';
import { type Kind, LedgerRows, noKind, none, unknownUs } from './ledger-rows.ts';
import type { ListedPages } from './listed-pages.ts';
import { asRecorded, type Meaning, type OneList } from './meaning.ts';
import type { RequestRow } from './request-row.ts';
import type { SignalIds } from './signal-ids.ts';
import { signalsByWebhook } from './signals-by-webhook.ts';

/** A webhook's index has two bytes, one value of which is none. */
export const maxWebhookIndex = 0xfffe;

/** Statuses by which a proxy or a server says that it waits no longer: 408, 504, and Cloudflare's 524. */
const gaveUp: ReadonlySet<number> = new Set([408, 504, 524]);

/** The server decided on a request between the two. */
export interface RequestTimes {
  sendUs(at: number): number;
  endUs(at: number): number;
}

/**
 * All requests of one scenario, in columns: an hour at 1,000 requests a second fits into a hundred megabytes.
 * `effects` counts what read-back says was processed, per webhook and signal.
 */
export class Ledger {
  private readonly rows: LedgerRows;
  private readonly meaning: Meaning;
  private readonly noted: RequestTimes = {
    sendUs: (at) => this.notedSendUs(at),
    endUs: (at) => this.notedEndUs(at),
  };

  constructor(meaning: Partial<Meaning> = {}, rows: LedgerRows = new LedgerRows()) {
    this.meaning = { ...asRecorded, ...meaning };
    this.rows = rows;
  }

  /** The same requests with another meaning; this ledger stays as it is. */
  as(meaning: Partial<Meaning>): Ledger {
    return new Ledger({ ...this.meaning, ...meaning }, this.rows);
  }

  addRequest(row: RequestRow): void {
    this.rows.add(row);
  }

  /** @param processedAtUs on the server's clock; 0 where it does not tell. */
  addEffect(signal: string, webhook: number, processedAtUs = 0): void {
    this.rows.addEffect(signal, webhook, processedAtUs);
  }

  get length(): number {
    return this.rows.length;
  }
  get effectCount(): number {
    return this.rows.effectCount;
  }
  get signals(): SignalIds {
    return this.rows.signals;
  }
  /** What the answers say of limits. */
  get headerSets(): HeaderSets {
    return this.rows.headers;
  }
  /** Webhook → number of effects in its complete read-back. */
  get readbacks(): Map<number, number> {
    return this.rows.readbacks;
  }
  /** Its read-back settled, it is not cut off, and as many effects are here as it had. */
  isReadBack(webhook: number): boolean {
    return !this.cutOff.has(webhook) && this.readbacks.get(webhook) === (this.effectsByWebhook.get(webhook) ?? 0);
  }
  /** How many entries the list has that tells of the webhook. */
  entriesFor(webhook: number): number {
    const own = this.readbacks.get(webhook) ?? 0;
    return this.oneList === null ? own : [...this.readbacks.values()].reduce((most, n) => Math.max(most, n), own);
  }
  /** Webhook → number of entries at which its read-back list is cut off. */
  get cutOff(): Meaning['cutOff'] {
    return this.meaning.cutOff;
  }
  /** Webhook → effects that are here; fewer or more than its read-back says is damage. */
  get effectsByWebhook(): Map<number, number> {
    return this.rows.effectsByWebhook;
  }
  /** Webhook → the target's own counter. */
  get totals(): Map<number, number> {
    return this.rows.totals;
  }
  get effectTimes(): EffectTimes {
    return this.rows.effectTimes;
  }
  /** What each webhook's read-back page holds, beside the others. */
  get pages(): ListedPages {
    return this.rows.pages;
  }
  /** Of pieces: those of all of them. */
  set pages(pages: ListedPages) {
    this.rows.pages = pages;
  }
  /** How often a signal stands on one page. */
  get effectsOnPage(): EffectsOnPage {
    return this.rows.effectsOnPage;
  }
  get oneList(): OneList | null {
    return this.meaning.oneList;
  }
  get phases(): PhaseIndex {
    return this.meaning.phases;
  }
  get replays(): Meaning['replays'] {
    return this.meaning.replays;
  }
  get dropsLate(): boolean {
    return this.meaning.dropsLate;
  }

  /** How often read-back says that the signal was processed. */
  effects(signal: number): number {
    const { same, oneList } = this.meaning;
    if (same?.firstOf.has(signal) === true) return 0;
    const own = same?.effects.get(signal) ?? oneList?.effects.get(signal);
    // What stands on each of several pages that are one list was processed once.
    return (
      own ??
      (oneList !== null && oneList.pages > 1 ? this.effectsOnPage.of(signal) : this.rows.effectsBySignal.get(signal))
    );
  }

  /** Place of its first effect in its webhook's read-back, from 1; 0: none. */
  placeOf(signal: number): number {
    return this.rows.placeBySignal.get(signal);
  }

  /**
   * The server decided no earlier than this, and no later than `endUs`: when the request was sent and answered on the run's clock,
   * widened by what its generator's clock may be off. Where one generator sent everything they are as noted.
   */
  sendUs(at: number): number {
    return this.rows.send.get(at) - this.rows.widthUs(at);
  }
  endUs(at: number): number {
    return this.notedEndUs(at) + this.rows.widthUs(at);
  }
  /** Exact: one clock measured it. */
  tookUs(at: number): number {
    return this.rows.took.get(at);
  }
  /** When the request was sent and answered, as its generator's clock tells: exact beside other requests of that generator. */
  notedSendUs(at: number): number {
    return this.rows.send.get(at);
  }
  notedEndUs(at: number): number {
    return this.rows.send.get(at) + this.rows.took.get(at);
  }
  /** The times of these requests beside each other: as noted, if one generator sent them all. */
  timesAmong(requests: readonly number[]): RequestTimes {
    const [first = 0] = requests;
    const generator = this.generatorOf(first);
    return this.widestUs === 0 || requests.every((at) => this.generatorOf(at) === generator) ? this.noted : this;
  }
  /** Says how far the times of a generator may be off. */
  setClock(generator: number, uncertaintyUs: number): void {
    while (this.rows.clocks.length <= generator) this.rows.clocks.push(0);
    this.rows.clocks[generator] = Math.min(uncertaintyUs, unknownUs);
  }
  /** The most by which `sendUs` and `endUs` are widened. */
  get widestUs(): number {
    return this.rows.areSeveral ? this.clockUs : 0;
  }
  /** Whether it is known at all how its times lie beside those of others. */
  get isPlaced(): boolean {
    return this.clockUs < unknownUs;
  }
  /** How far noted times may be off beside those of runner, monitors and server. */
  get clockUs(): number {
    return this.rows.clocks.reduce((most, us) => Math.max(most, us), 0);
  }
  /** In older journals: what a refusal promised; null if it had no Retry-After that could be read. */
  retryAfterMs(at: number): number | null {
    const stored = this.rows.retryAfter.get(at);
    return stored === 0 ? null : stored - 1;
  }
  purposeOf(at: number): Purpose {
    return this.kindOf(at).purpose;
  }
  /** What the answer means; a replay is a duplicate. */
  outcomeOf(at: number): RecordedOutcome {
    if (this.isReplay(at) || this.isBorrowed(at)) return 'duplicate';
    return this.meaning.imagined?.get(at) ?? this.recordedOutcomeOf(at);
  }
  /** What k6 wrote: what the sources' counts are compared by. */
  recordedOutcomeOf(at: number): RecordedOutcome {
    return this.kindOf(at).outcome;
  }
  isReplay(at: number): boolean {
    return this.meaning.replayed?.get(at) === 1;
  }
  /** The answer is that to another signal. */
  isBorrowed(at: number): boolean {
    return this.meaning.replayed?.get(at) === 2;
  }
  /** Of the answer's body; 0: none. */
  answerHashOf(at: number): number {
    return this.rows.answerHash.get(at);
  }
  phaseOf(at: number): string {
    return this.kindOf(at).phase;
  }
  generatorOf(at: number): number {
    return this.kindOf(at).generator;
  }
  statusOf(at: number): number {
    return this.kindOf(at).status;
  }
  /** Where the first redirect with this status led; null if it did not tell. */
  redirectOf(status: number): string | null {
    return this.rows.locations.get(status) ?? null;
  }
  /** Why there was no answer, see contract/journal/request-failures.ts; 0 if there was one, or no reason was recorded. */
  errorOf(at: number): number {
    return this.kindOf(at).error;
  }
  webhookOf(at: number): number {
    const stored = this.rows.webhook.get(at);
    return stored === 0 ? none : stored - 1;
  }
  /** The signal's index; that of the first, if it repeats another. */
  signalOf(at: number): number {
    const signal = this.rows.signal.get(at);
    return this.meaning.same === null ? signal : (this.meaning.same.firstOf.get(signal) ?? signal);
  }

  /**
   * Load and probe requests are signals to webhooks; setup and read-back are not judged, nor is what never left the generator:
   * no server had it.
   */
  isSignal(at: number): boolean {
    const { purpose, outcome } = this.kindOf(at);
    return (purpose === 'load' || purpose === 'probe') && outcome !== 'unsent';
  }

  /** It never got to the server, for a reason on the generator's side. */
  isUnsent(at: number): boolean {
    return this.kindOf(at).outcome === 'unsent';
  }

  /** Whether the server may have acted although no answer says so, or may still act. */
  isUnknown(at: number): boolean {
    const outcome = this.outcomeOf(at);
    if (outcome === 'failed') return this.statusOf(at) === 0 || this.isGivenUp(at);
    return outcome === 'timeout' || outcome === 'abandoned' || outcome === 'unclassified';
  }

  /** The answer is that whoever gave it waits no longer for the one who works on the request: a timeout that is told. */
  isGivenUp(at: number): boolean {
    return this.outcomeOf(at) === 'failed' && gaveUp.has(this.statusOf(at));
  }

  /** No connection was ever made: the server cannot have acted. */
  isNeverSent(at: number): boolean {
    return this.statusOf(at) === 0 && isNeverConnected(this.kindOf(at).error);
  }

  /** Indices of the signals sent to each webhook, in order of sending. */
  signalsByWebhook(): ReadonlyMap<number, Uint32Array> {
    this.rows.byWebhook ??= signalsByWebhook(this);
    return this.rows.byWebhook;
  }

  /** What the request's phase is for; null for setup, read-back, and what no plan knows. */
  roleOf(at: number): Role | null {
    return this.phases.roleOf(this.phaseOf(at));
  }

  private kindOf(at: number): Kind {
    return this.rows.kinds[this.rows.kind.get(at)] ?? noKind;
  }
}
