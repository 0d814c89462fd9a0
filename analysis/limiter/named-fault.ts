/** What may be wrong with a limiter, as far as different remedies belong to it. */
export type LimiterFault =
  | 'no limiter'
  | 'fails open'
  | 'state per worker'
  | 'state per thread'
  | 'larger limit'
  | 'check-then-add race'
  | 'one more'
  | 'fixed window'
  | 'counters lost'
  | 'count begins anew'
  | 'first limit'
  | 'further limit'
  | 'penalty time'
  | 'penalty length'
  | 'empty bucket'
  | 'stricter limit'
  | 'other pace'
  | 'one webhook blocks another'
  | 'key that never expires'
  | 'window renewed'
  | 'counts refusals'
  | 'counts repeats'
  | 'Retry-After missing'
  | 'Retry-After'
  | 'RateLimit headers missing'
  | 'RateLimit headers malformed'
  | 'RateLimit limit'
  | 'RateLimit remaining'
  | 'RateLimit reset'
  | 'X-Forwarded-For';

/** What was found, in words, and the faults that may be behind it, the most likely first. */
export interface NamedFault {
  readonly words: string;
  readonly faults: readonly LimiterFault[];
}

export const named = (words: string, ...faults: readonly LimiterFault[]): NamedFault => ({ words, faults });
