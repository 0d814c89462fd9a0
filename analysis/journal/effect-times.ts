import type { DrainState } from '../../contract/journal/drain.ts';
import { Column } from './column.ts';

/** One reading of all webhooks. */
export interface PollRow {
  readonly fromUs: number;
  readonly toUs: number;
  /** This run's effects that were there. */
  readonly effects: number;
  /** Promised effects that were not; null where that is not known. */
  readonly missing: number | null;
  readonly state: DrainState;
}

/** When a signal's first effect came: between the two, which are one where the target told it. */
export interface EffectTime {
  /** Null: at any time before. */
  readonly fromUs: number | null;
  readonly toUs: number;
}

/** When effects came, as the target told, or as polls of read-back saw them. */
export class EffectTimes {
  readonly polls: PollRow[] = [];
  /** Why the last read failed, in words; null if it did not. */
  failure: string | null = null;
  private readonly toldUs = new Column(Float64Array);
  /** Few signals have more than one effect. */
  private readonly lastToldUs = new Map<number, number>();
  /** Number plus one of the poll that saw the signal first. */
  private readonly seenBy = new Column(Uint32Array);

  addPoll(poll: PollRow): void {
    this.polls.push(poll);
  }

  /** Takes what the target told. */
  told(signal: number, atUs: number): void {
    const before = this.toldUs.get(signal);
    if (before !== 0) this.lastToldUs.set(signal, Math.max(atUs, this.lastToldUsOf(signal)));
    if (before === 0 || atUs < before) this.toldUs.set(signal, atUs);
  }

  /** The latest poll saw the signal for the first time. */
  saw(signal: number): void {
    if (this.seenBy.get(signal) === 0) this.seenBy.set(signal, this.polls.length);
  }

  /** What the target told of the signal's first effect, on its own clock; 0 if nothing. */
  toldUsOf(signal: number): number {
    return this.toldUs.get(signal);
  }

  /** The same of its last effect. */
  lastToldUsOf(signal: number): number {
    return this.lastToldUs.get(signal) ?? this.toldUs.get(signal);
  }

  /** Null if nothing is known. */
  seenTimeOf(signal: number): EffectTime | null {
    const number = this.seenBy.get(signal);
    const poll = this.polls[number - 1];
    if (poll === undefined) return null;
    return { fromUs: this.polls[number - 2]?.fromUs ?? null, toUs: poll.toUs };
  }
}
