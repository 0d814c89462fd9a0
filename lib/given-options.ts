import type { Criteria, Thresholds } from './thresholds.ts';

/** What a scenario says of its options. */
export interface GivenOptions {
  /** Added to, and for the same metric appended to, those on response times. */
  readonly thresholds?: Thresholds | ((criteria: Criteria) => Thresholds);
  /** `send` does nothing but what the plan says: its signals need no JavaScript. */
  readonly onlyPlanned?: boolean;
  /** A rate to which each signal adds whether it was accepted. */
  readonly successRate?: string;
}
