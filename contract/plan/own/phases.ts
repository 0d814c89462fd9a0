import type { SignalContent } from '../signal-content.ts';

// What the plan of an own scenario is written in. lib/k6.ts exports it; own-plan.ts makes a plan of it.

/** What every phase says. */
export interface PhaseBasics {
  /** Of the phase: in the report, in the ledger, and as k6's scenario. Small letters, digits, `-` and `_`. */
  readonly name: string;
  /** When it begins, in milliseconds from when all phases may begin. 0 if left out. */
  readonly afterMs?: number;
  /** How many webhooks it goes to, in turn. All that there are if left out; a burst goes to one. */
  readonly webhooks?: number;
  /** What the signals hold. What is left out is made up: BUY and SELL in turn, eight tickers, quantities and prices. */
  readonly content?: SignalContent;
}

/** So many signals a second, for so long. */
export interface ConstantRate extends PhaseBasics {
  readonly perSecond: number;
  readonly seconds: number;
}

/** From the start on, and from stage to stage, the rate changes evenly. */
export interface RampingRate extends PhaseBasics {
  /** 0 if left out. */
  readonly startPerSecond?: number;
  /** The rate at the end of each stage, and how long that takes. */
  readonly stages: readonly { readonly seconds: number; readonly perSecond: number }[];
}

/** Signals at the instant `afterMs`, each from a VU of its own with its connection open. */
export interface Burst extends PhaseBasics {
  readonly count: number;
  /** One signal, sent so often, instead of so many distinct ones. */
  readonly identical?: boolean;
}

/** The signals of a file: CSV or NDJSON with time, and if it has them action, ticker, quantity, price and id. */
export interface Replay extends Omit<PhaseBasics, 'content'> {
  /** Its path, from the folder of the scenario's file. */
  readonly file: string;
  /** So many times faster than recorded. 1 if left out. */
  readonly speed?: number;
}

/** Pauses of a real sender, or those that are given: before the second attempt, the third, and so on. */
export type RetryPattern = 'github' | 'stripe' | readonly number[];

/** Signals whose first attempts are cut off at some moment, and sent again as a real sender does, until one is answered. */
export interface Retries extends PhaseBasics {
  readonly count: number;
  readonly like: RetryPattern;
  /** From one signal to the next, in milliseconds. Left out: as close as the limit takes them. */
  readonly everyMs?: number;
  /** So many times faster than the pattern. Left out: so much that all attempts lie within the TTL, or within a minute. */
  readonly faster?: number;
  /** When a first attempt is cut, in milliseconds after it was written; null: its answer is awaited. Signals take them in turn. */
  readonly cutsMs?: readonly (number | null)[];
}

export type OwnPhase =
  | ({ readonly kind: 'constant-rate' } & ConstantRate)
  | ({ readonly kind: 'ramping-rate' } & RampingRate)
  | ({ readonly kind: 'burst' } & Burst)
  | ({ readonly kind: 'replay' } & Replay)
  | ({ readonly kind: 'retries' } & Retries);

/** What a plan may go by. */
export interface Target {
  /** Signals that one webhook takes per window; null if the profile declares no limiter. */
  readonly limit: number | null;
  readonly windowMs: number | null;
  /** How many webhooks there are. */
  readonly webhooks: number;
  /** Signals per second to all of them together of which none is refused: 80% of the limit. */
  readonly safeRate: number;
  /** How long load is to last, by the size SUSTAINED_SECONDS. */
  readonly seconds: number;
}
