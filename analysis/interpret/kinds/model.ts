import type { DeclaredLimit } from '../../../contract/profile/declared-limits.ts';

/** Requests in order of time, in microseconds; sends and ends are each sorted by themselves. */
export interface CountedTimes {
  readonly sends: Float64Array;
  readonly ends: Float64Array;
}

/** A request that is asked about, in order of sending. */
export interface Moment {
  readonly sendUs: number;
  readonly endUs: number;
  /** How many others can have been counted by its end. */
  readonly begun: number;
}

export type Certainty = (moment: Moment) => boolean;

/**
 * What is known of one kind of limiter; each is a file, and `models.ts` names them all. The server decides on a request at an
 * unknown moment between its send and its end, so a model says only what holds whatever these moments were.
 */
export interface LimiterModel {
  /** How many requests it may admit within any span of `spanMs`. */
  maxAdmitted(limit: DeclaredLimit, spanMs: number): number;
  /** Its bound over a span T lies nowhere above S + N/W·T, and reaches down to less than 1 of it: S. Then it is judged over every span. */
  readonly lineFrom?: (limit: DeclaredLimit) => number;
  /** The spans over which any other kind is judged, in windows. */
  readonly spansInWindows: readonly number[];
  /** Its bound grows with every millisecond. */
  readonly isBucket: boolean;
  /** An edge may lie inside a burst that comes after quiet: more than `atOnce` are then admitted. */
  readonly mayHaveEdgesInside: boolean;
  /** How many it takes at one instant after quiet, if no edge lies there. */
  atOnce(limit: DeclaredLimit): number;
  /**
   * For how long a counted request can be the reason of a refusal.
   * @param asked requests a second that the monitor makes under the same count, and no ledger has.
   */
  memoryMs(limit: DeclaredLimit, asked: number): number;
  /**
   * Whether it surely has room, even if all that can have been counted was.
   * @returns null if that can never be known.
   */
  room(counted: CountedTimes, limit: DeclaredLimit, asked: number): Certainty | null;
  /** Whether it surely has no room, by the surely counted alone; null if edges that nobody knows decide. */
  full(counted: CountedTimes, limit: DeclaredLimit): Certainty | null;
}

/** A kind with windows steps at whole ones, and a small excess per window shows only over many. */
export const wholeWindows: readonly number[] = [1, 2, 3, 5, 10, 20, 50];
/** A bound that grows with every millisecond gets short spans and long ones. */
export const partsOfWindows: readonly number[] = [
  0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 7.5, 10, 15, 20, 30, 50,
];

/** Without the hair, what is a whole number on paper falls on its wrong side in floating point. */
export const hair = 1e-9;
