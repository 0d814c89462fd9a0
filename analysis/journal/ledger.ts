import type { Purpose, RecordedOutcome } from '../../contract/journal/outcomes.ts';
import { isNeverConnected } from '../../contract/journal/request-failures.ts';
import type { PhaseIndex } from '../../contract/plan/phase-index.ts';
import type { Role } from '../../contract/plan/roles.ts';
import { Column } from './column.ts';
import { EffectTimes } from './effect-times.ts';
import { HeaderSets } from './header-sets.ts';
import { asRecorded, type Meaning } from './meaning.ts';
import type { RequestRow } from './request-row.ts';
import { SignalIds } from './signal-ids.ts';
import { signalsByWebhook } from './signals-by-webhook.ts';

/** In the webhook and signal columns: none. */
export const none = 0xffffffff;

/** A webhook's index has two bytes, one value of which is none. */
export const maxWebhookIndex = 0xfffe;

type Kind = Required<Pick<RequestRow, 'phase' | 'purpose' | 'outcome' | 'status' | 'generator'>> & {
  readonly error: number;
};

/** Placeholder for an out-of-range row. */
const noKind: Kind = { phase: '', purpose: 'setup', outcome: 'unclassified', status: 0, error: 0, generator: 0 };

/** Beyond this many effects their order is not kept: no scenario that asks for it has as many. */
const maxPlaced = 1_000_000;

/** What was recorded of one scenario. It takes what the files hold, and the ledgers over it share it. */
class LedgerRows {
  readonly signals = new SignalIds();
  readonly readbacks = new Map<number, number>();
  readonly effectsByWebhook = new Map<number, number>();
  readonly totals = new Map<number, number>();
  readonly effectTimes = new EffectTimes();
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
  /** Place plus one of a signal's first effect in its webhook's read-back. */
  readonly placeBySignal = new Column(Uint32Array);
  readonly answerHash = new Column(Uint32Array);
  private readonly kindByKey = new Map<string, number>();

  add(row: RequestRow): void {
    const { sendUs, endUs, webhook = null, signal = null } = row;
    const { headers = null, retryAfterMs = null, answerHash = null } = row;
    const at = this.length;
    this.byWebhook = null;
    this.send.set(at, sendUs);
    this.took.set(at, Math.max(0, Math.min(0xffffffff, Math.round(endUs - sendUs))));
    this.kind.set(at, this.kindIndex(row));
    this.webhook.set(at, webhook === null ? 0 : webhook + 1);
    this.signal.set(at, signal === null ? none : this.signals.indexOf(signal));
    if (headers !== null) this.headers.set(at, headers);
    if (retryAfterMs !== null) this.retryAfter.set(at, Math.min(0xfffffffe, Math.round(retryAfterMs)) + 1);
    if (row.location && !this.locations.has(row.status)) this.locations.set(row.status, row.location);
    if (answerHash !== null) this.answerHash.set(at, answerHash);
    this.length += 1;
  }

  addEffect(signal: string, webhook: number, processedAtUs: number): void {
    const index = this.signals.indexOf(signal);
    const place = (this.effectsByWebhook.get(webhook) ?? 0) + 1;
    const effects = this.effectsBySignal.get(index);
    if (this.effectCount < maxPlaced && effects === 0) this.placeBySignal.set(index, place);
    this.effectsBySignal.set(index, Math.min(0xffff, effects + 1));
    this.effectsByWebhook.set(webhook, place);
    if (processedAtUs > 0) this.effectTimes.told(index, processedAtUs);
    this.effectCount += 1;
  }

  private kindIndex({ phase, purpose, outcome, status, error, generator = 0 }: RequestRow): number {
    const key = `${phase} ${purpose} ${outcome} ${status} ${error ?? 0} ${generator}`;
    const known = this.kindByKey.get(key);
    if (known !== undefined) return known;
    const index = this.kinds.push({ phase, purpose, outcome, status, error: error ?? 0, generator }) - 1;
    this.kindByKey.set(key, index);
    return index;
  }
}

/**
 * All requests of one scenario, in columns: an hour at 1,000 requests a second fits into a hundred megabytes.
 * `effects` counts what read-back says was processed, per webhook and signal.
 */
export class Ledger {
  private readonly rows: LedgerRows;
  private readonly meaning: Meaning;

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
  /** Its read-back settled, and as many effects are here as it had. */
  isReadBack(webhook: number): boolean {
    return this.readbacks.get(webhook) === (this.effectsByWebhook.get(webhook) ?? 0);
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
  get phases(): PhaseIndex {
    return this.meaning.phases;
  }
  get replays(): Meaning['replays'] {
    return this.meaning.replays;
  }

  /** How often read-back says that the signal was processed. */
  effects(signal: number): number {
    const { same } = this.meaning;
    if (same?.firstOf.has(signal) === true) return 0;
    return same?.effects.get(signal) ?? this.rows.effectsBySignal.get(signal);
  }

  /** Place of its first effect in its webhook's read-back, from 1; 0: none. */
  placeOf(signal: number): number {
    return this.rows.placeBySignal.get(signal);
  }

  sendUs(at: number): number {
    return this.rows.send.get(at);
  }
  tookUs(at: number): number {
    return this.rows.took.get(at);
  }
  endUs(at: number): number {
    return this.sendUs(at) + this.tookUs(at);
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

  /** Whether the server may have acted although no answer says so. */
  isUnknown(at: number): boolean {
    const outcome = this.outcomeOf(at);
    if (outcome === 'failed') return this.statusOf(at) === 0;
    return outcome === 'timeout' || outcome === 'abandoned' || outcome === 'unclassified';
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
