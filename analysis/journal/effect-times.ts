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
  /** How often the latest poll saw each signal, as far as it tells. */
  private readonly inLatest = new Map<number, number>();
  /** Of signals that a poll saw several times: the most times, and the number plus one of the first poll that saw so many. */
  private readonly maxSeen = new Map<number, { readonly times: number; readonly by: number }>();

  addPoll(poll: PollRow): void {
    this.polls.push(poll);
    this.inLatest.clear();
  }

  /** Takes what the target told. */
  told(signal: number, atUs: number): void {
    const before = this.toldUs.get(signal);
    if (before !== 0) this.lastToldUs.set(signal, Math.max(atUs, this.lastToldUsOf(signal)));
    if (before === 0 || atUs < before) this.toldUs.set(signal, atUs);
  }

  /** The latest poll saw an effect of the signal: each that was there, if it saw more of them than those before it. */
  saw(signal: number): void {
    const by = this.polls.length;
    if (this.seenBy.get(signal) === 0) this.seenBy.set(signal, by);
    const times = (this.inLatest.get(signal) ?? 0) + 1;
    this.inLatest.set(signal, times);
    if (times > (this.maxSeen.get(signal)?.times ?? 1)) this.maxSeen.set(signal, { times, by });
  }

  /** What the target told of the signal's first effect, on its own clock; 0 if nothing. */
  toldUsOf(signal: number): number {
    return this.toldUs.get(signal);
  }

  /** The same of its last effect. */
  lastToldUsOf(signal: number): number {
    return this.lastToldUs.get(signal) ?? this.toldUs.get(signal);
  }

  /** When a poll had seen so many effects of the signal; null if none did. */
  seenAllUs(signal: number, effects: number): number | null {
    const max = this.maxSeen.get(signal);
    const by = effects <= 1 ? this.seenBy.get(signal) : max !== undefined && max.times >= effects ? max.by : 0;
    return this.polls[by - 1]?.toUs ?? null;
  }

  /** Null if nothing is known. */
  seenTimeOf(signal: number): EffectTime | null {
    const number = this.seenBy.get(signal);
    const poll = this.polls[number - 1];
    if (poll === undefined) return null;
    return { fromUs: this.polls[number - 2]?.fromUs ?? null, toUs: poll.toUs };
  }
}
