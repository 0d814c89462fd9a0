/** For requests that failed while a store was away, by `awayInWords`. */
export const awayAdvice =
  'a store that was away (see database and Redis for why): is the server to answer with errors until it is back, or to do without it, as by a count in memory?';
