import type { Purpose, RecordedOutcome } from '../contract/outcomes.ts';
import { Column } from './column.ts';
import { SignalIds } from './signal-ids.ts';

/** In the webhook and signal columns: none. */
export const none = 0xffffffff;

interface Kind {
  readonly phase: string;
  readonly purpose: Purpose;
  readonly outcome: RecordedOutcome;
  readonly status: number;
}

/** Of a row that is not there. */
const noKind: Kind = { phase: '', purpose: 'setup', outcome: 'unclassified', status: 0 };

export interface LedgerRequest {
  readonly sendUs: number;
  readonly endUs: number;
  readonly phase: string;
  readonly purpose: Purpose;
  readonly outcome: RecordedOutcome;
  readonly status: number;
  readonly webhook: number;
  /** Index in `signals`, or `none`. */
  readonly signal: number;
}

/**
 * All requests of one scenario, in columns: an hour at 1,000 requests a second fits into a hundred megabytes.
 * `effects` counts what read-back says was processed, per webhook and signal.
 */
export class Ledger {
  readonly signals = new SignalIds();
  /** Webhook → number of effects in its complete read-back. */
  readonly readbacks = new Map<number, number>();
  length = 0;
  effectCount = 0;

  private readonly kinds: Kind[] = [];
  private readonly kindByKey = new Map<string, number>();
  private readonly send = new Column(Float64Array);
  /** Microseconds from send to end; capped at 71 minutes by its type. */
  private readonly took = new Column(Uint32Array);
  /** Index in `kinds`: there are few different combinations of phase, purpose, outcome and status. */
  private readonly kind = new Column(Uint16Array);
  private readonly webhook = new Column(Uint32Array);
  private readonly signal = new Column(Uint32Array);
  /** Plus one: zero means none. */
  private readonly retryAfter = new Column(Uint32Array);
  private readonly effectsBySignal = new Column(Uint16Array);

  addRequest(
    sendUs: number,
    endUs: number,
    phase: string,
    purpose: Purpose,
    outcome: RecordedOutcome,
    status: number,
    webhook: number,
    signal: string | null,
  ): void {
    const at = this.length;
    this.send.set(at, sendUs);
    this.took.set(at, Math.max(0, Math.min(0xffffffff, Math.round(endUs - sendUs))));
    this.kind.set(at, this.kindIndex(phase, purpose, outcome, status));
    this.webhook.set(at, webhook);
    this.signal.set(at, signal === null ? none : this.signals.indexOf(signal));
    this.length += 1;
  }

  /** Retry-After of the refusal that was added last. */
  addRetryAfter(ms: number): void {
    this.retryAfter.set(this.length - 1, Math.min(0xfffffffe, Math.round(ms)) + 1);
  }

  addEffect(signal: string): void {
    const index = this.signals.indexOf(signal);
    this.effectsBySignal.set(index, Math.min(0xffff, this.effects(index) + 1));
    this.effectCount += 1;
  }

  /** How often read-back says that the signal was processed. */
  effects(signal: number): number {
    return this.effectsBySignal.get(signal);
  }

  sendUs(at: number): number {
    return this.send.get(at);
  }
  tookUs(at: number): number {
    return this.took.get(at);
  }
  endUs(at: number): number {
    return this.sendUs(at) + this.tookUs(at);
  }
  /** What a refusal promised; null where it had no Retry-After that can be read. */
  retryAfterMs(at: number): number | null {
    const stored = this.retryAfter.get(at);
    return stored === 0 ? null : stored - 1;
  }
  purposeOf(at: number): Purpose {
    return this.kindOf(at).purpose;
  }
  outcomeOf(at: number): RecordedOutcome {
    return this.kindOf(at).outcome;
  }
  phaseOf(at: number): string {
    return this.kindOf(at).phase;
  }
  statusOf(at: number): number {
    return this.kindOf(at).status;
  }
  webhookOf(at: number): number {
    return this.webhook.get(at);
  }
  signalOf(at: number): number {
    return this.signal.get(at);
  }

  /** Load and probe requests are signals to webhooks; setup and read-back are not judged. */
  isSignal(at: number): boolean {
    const purpose = this.purposeOf(at);
    return purpose === 'load' || purpose === 'probe';
  }

  /** Whether the server may have acted although no answer says so. */
  isUnknown(at: number): boolean {
    const outcome = this.outcomeOf(at);
    return outcome === 'timeout' || outcome === 'unclassified' || (outcome === 'failed' && this.statusOf(at) === 0);
  }

  request(at: number): LedgerRequest {
    return {
      sendUs: this.sendUs(at),
      endUs: this.endUs(at),
      phase: this.phaseOf(at),
      purpose: this.purposeOf(at),
      outcome: this.outcomeOf(at),
      status: this.statusOf(at),
      webhook: this.webhookOf(at),
      signal: this.signalOf(at),
    };
  }

  /** Indices of the signals sent to each webhook, in order of sending. */
  signalsByWebhook(): ReadonlyMap<number, Uint32Array> {
    const counts = new Map<number, number>();
    for (let at = 0; at < this.length; at += 1) {
      if (this.isSignal(at)) counts.set(this.webhookOf(at), (counts.get(this.webhookOf(at)) ?? 0) + 1);
    }
    const lists = new Map([...counts].map(([webhook, count]) => [webhook, new Uint32Array(count)]));
    const filled = new Map<number, number>();
    for (let at = 0; at < this.length; at += 1) {
      if (!this.isSignal(at)) continue;
      const webhook = this.webhookOf(at);
      const next = filled.get(webhook) ?? 0;
      const list = lists.get(webhook);
      if (list !== undefined) list[next] = at;
      filled.set(webhook, next + 1);
    }
    for (const list of lists.values()) list.sort((a, b) => this.sendUs(a) - this.sendUs(b));
    return lists;
  }

  private kindOf(at: number): Kind {
    return this.kinds[this.kind.get(at)] ?? noKind;
  }

  private kindIndex(phase: string, purpose: Purpose, outcome: RecordedOutcome, status: number): number {
    const key = `${phase} ${purpose} ${outcome} ${status}`;
    const known = this.kindByKey.get(key);
    if (known !== undefined) return known;
    const index = this.kinds.push({ phase, purpose, outcome, status }) - 1;
    this.kindByKey.set(key, index);
    return index;
  }
}
