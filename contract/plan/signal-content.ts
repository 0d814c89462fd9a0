/** Values that signals take in turn: the first signal the first of each, and round again. */
export interface SignalContent {
  readonly actions?: readonly string[];
  readonly tickers?: readonly string[];
  readonly quantities?: readonly number[];
  readonly prices?: readonly number[];
}
