import type { Purpose, RecordedOutcome } from '../contract/outcomes.ts';
import { purposes, recordedOutcomes } from '../contract/outcomes.ts';
import { SignalIds } from './signal-ids.ts';

/** In the webhook and signal columns: none. */
export const none = 0xffffffff;

type Column = Float64Array | Uint32Array | Uint16Array | Uint8Array;

function grown<T extends Column>(column: T, make: new (length: number) => T, length: number): T {
  const larger = new make(length);
  larger.set(column);
  return larger;
}

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
  readonly phases: string[] = [];
  /** Webhook → number of effects in its complete read-back. */
  readonly readbacks = new Map<number, number>();
  length = 0;
  effectCount = 0;

  private send = new Float64Array(1024);
  /** Microseconds from send to end; capped at 71 minutes by its type. */
  private took = new Uint32Array(1024);
  private phase = new Uint16Array(1024);
  private purpose = new Uint8Array(1024);
  private outcome = new Uint8Array(1024);
  private status = new Uint16Array(1024);
  private webhook = new Uint32Array(1024);
  private signal = new Uint32Array(1024);
  private effectsBySignal = new Uint16Array(1024);
  private lastPhase = '';
  private lastPhaseIndex = -1;

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
    if (this.length === this.send.length) this.grow();
    const at = this.length;
    this.send[at] = sendUs;
    this.took[at] = Math.max(0, Math.min(0xffffffff, Math.round(endUs - sendUs)));
    this.phase[at] = this.phaseIndex(phase);
    this.purpose[at] = purposes.indexOf(purpose);
    this.outcome[at] = recordedOutcomes.indexOf(outcome);
    this.status[at] = status;
    this.webhook[at] = webhook;
    this.signal[at] = signal === null ? none : this.signals.indexOf(signal);
    this.length += 1;
  }

  addEffect(signal: string): void {
    const index = this.signals.indexOf(signal);
    if (index >= this.effectsBySignal.length) {
      const length = Math.max(index + 1, this.effectsBySignal.length * 2);
      this.effectsBySignal = grown(this.effectsBySignal, Uint16Array, length);
    }
    this.effectsBySignal[index] = Math.min(0xffff, this.effects(index) + 1);
    this.effectCount += 1;
  }

  /** How often read-back says that the signal was processed. */
  effects(signal: number): number {
    return this.effectsBySignal[signal] ?? 0;
  }

  sendUs(at: number): number {
    return this.send[at] ?? 0;
  }
  tookUs(at: number): number {
    return this.took[at] ?? 0;
  }
  endUs(at: number): number {
    return this.sendUs(at) + this.tookUs(at);
  }
  purposeOf(at: number): Purpose {
    return purposes[this.purpose[at] ?? 0] ?? 'load';
  }
  outcomeOf(at: number): RecordedOutcome {
    return recordedOutcomes[this.outcome[at] ?? 0] ?? 'unclassified';
  }
  phaseOf(at: number): string {
    return this.phases[this.phase[at] ?? 0] ?? '';
  }
  statusOf(at: number): number {
    return this.status[at] ?? 0;
  }
  webhookOf(at: number): number {
    return this.webhook[at] ?? none;
  }
  signalOf(at: number): number {
    return this.signal[at] ?? none;
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

  private phaseIndex(phase: string): number {
    if (phase === this.lastPhase && this.lastPhaseIndex >= 0) return this.lastPhaseIndex;
    let index = this.phases.indexOf(phase);
    if (index === -1) index = this.phases.push(phase) - 1;
    this.lastPhase = phase;
    this.lastPhaseIndex = index;
    return index;
  }

  private grow(): void {
    const length = this.length * 2;
    this.send = grown(this.send, Float64Array, length);
    this.took = grown(this.took, Uint32Array, length);
    this.phase = grown(this.phase, Uint16Array, length);
    this.purpose = grown(this.purpose, Uint8Array, length);
    this.outcome = grown(this.outcome, Uint8Array, length);
    this.status = grown(this.status, Uint16Array, length);
    this.webhook = grown(this.webhook, Uint32Array, length);
    this.signal = grown(this.signal, Uint32Array, length);
  }
}
