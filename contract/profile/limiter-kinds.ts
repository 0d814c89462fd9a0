/** The kinds of rate limiter that a profile can declare, beside `none`. */
export const limiterKinds = [
  'sliding',
  'fixed',
  'fixed-from-first-hit',
  'token-bucket',
  'leaky-bucket',
  'delaying',
  'unknown',
] as const;
