/** Servers round to milliseconds: intervals are widened by this before they prove anything. */
export const toleranceUs = 2_000;

/** The server's clock and the generator's differ in rate by at most this: clocks that NTP disciplines stay well below. */
export const rateError = 2e-4;

/** The least and the most that the generator's clock can show of a span of the server's, whose clock lags by up to `lagUs`: all in microseconds. */
export const minShownUs = (spanUs: number, lagUs = 0): number => spanUs * (1 - rateError) - toleranceUs - lagUs;
export const maxShownUs = (spanUs: number, lagUs = 0): number => spanUs * (1 + rateError) + toleranceUs + lagUs;

/** A clock that stands still between its ticks lags behind by up to one of them, in microseconds. */
export const clockLagUs = ({ clockTickMs = 0 }: { readonly clockTickMs?: number | undefined }): number =>
  clockTickMs * 1000;

/** Bits of an expectation: what a request may get. Failures are in none: no promise speaks of them. */
export const may = { accepted: 1, duplicate: 2, limited: 4 } as const;
