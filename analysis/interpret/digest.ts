import type { StoreName } from '../../contract/journal/journal.ts';
import type { Purpose, RecordedOutcome } from '../../contract/journal/outcomes.ts';
import type { Histogram } from '../journal/histogram.ts';
import type { ErrorKind } from './error-kinds.ts';

/** Requests by purpose and outcome. */
export type Counts = ReadonlyMap<Purpose, ReadonlyMap<RecordedOutcome, number>>;

/** The signals of one phase. */
export interface PhaseSpan {
  readonly firstUs: number;
  readonly lastUs: number;
  readonly lastSendUs: number;
  readonly accepted: number;
  /** All of them. */
  readonly signals: number;
  /** When those ended that ended after the last was sent, in order. */
  readonly late: readonly number[];
}

/** By the name of the phase; phases without a signal are left out. */
export type PhaseSpans = ReadonlyMap<string, PhaseSpan>;

export interface DigestedPhase extends PhaseSpan {
  readonly sent: number;
  /** What never left the generator, by reason. */
  readonly unsent: ReadonlyMap<number, number>;
  /** Median service time of accepted answers that the generator did not delay; null for too few. */
  readonly medianMs: number | null;
}

/** Requests that failed or timed out: how they were answered, when, and while which store was away. */
export interface FailedRequests {
  readonly count: number;
  /** 0 where no answer came. */
  readonly byStatus: ReadonlyMap<number, number>;
  /** From the first send to the last end. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly whileAway: ReadonlyMap<StoreName, number>;
}

/** Of the legitimate requests. */
export interface Successes {
  readonly legitimate: number;
  readonly successes: number;
  /** Those of the generator: they are left out. */
  readonly ownTimeouts: number;
  /** Of the misses: timeouts while nobody had CPU to spare. */
  readonly starved: number;
  /** By outcome, the requests that were not successful. */
  readonly misses: ReadonlyMap<RecordedOutcome, number>;
  /** Of the misses: those that failed or timed out. */
  readonly failed: FailedRequests;
}

export interface Errors {
  readonly requests: number;
  readonly errors: number;
  readonly kinds: ReadonlyMap<ErrorKind, number>;
  /** Of the errors: those that failed or timed out. */
  readonly failed: FailedRequests;
  readonly ownTimeouts: number;
  /** Of the errors: timeouts while nobody had CPU to spare. */
  readonly starved: number;
}

/** How one webhook's signals were answered; those that were throttled are left out. */
export interface WebhookAnswers {
  readonly signals: number;
  /** By status. */
  readonly refused: ReadonlyMap<number, number>;
}

/** Answers that tell of the settings. */
export interface Hints {
  readonly signals: number;
  readonly throttled: number;
  /** By status. */
  readonly refused: ReadonlyMap<number, { readonly count: number; readonly redirect: string | null }>;
  /** Without those of a second tenant, whose number another webhook has in other scenarios. */
  readonly byWebhook: ReadonlyMap<number, WebhookAnswers>;
}

export interface DigestedTimes {
  readonly histogram: Histogram;
  /** Without those that came while nobody had CPU to spare. */
  readonly clear: Histogram;
  /** Of the histogram, those that no answer came to. */
  readonly timeouts: number;
  readonly inStalls: number;
  readonly inSaturation: number;
  readonly besideOthers: number;
}

/** How many, second by second. */
export interface PerSecond {
  /** Signals in the seconds that touch a time. */
  within(fromUs: number, toUs: number): number;
}

/**
 * What the whole ledger of a long scenario says, read piece by piece: it is bounded, however long the scenario. Each figure is
 * worked out on a piece by the same function as on a ledger that is held as a whole, and added up.
 */
export interface Digest {
  readonly pieces: number;
  /** As the generator recorded them. */
  readonly recorded: Counts;
  /** By what the answers mean. */
  readonly meant: Counts;
  /** Of whose effect no answer tells. */
  readonly unknown: Counts;
  /** Of all purposes, by reason. */
  readonly unsent: ReadonlyMap<number, number>;
  readonly inStalls: number;
  readonly inSaturation: number;
  readonly phases: ReadonlyMap<string, DigestedPhase>;
  readonly successes: Successes;
  readonly errors: Errors;
  readonly hints: Hints;
  readonly times: DigestedTimes;
  /** Signals that were answered, or not in time, by the second of their end. */
  readonly perSecond: PerSecond;
  /** Rows that might have mattered one by one, and are not in the ledger that is held: there were too many. */
  readonly leftOut: number;
}
