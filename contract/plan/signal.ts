/** The JSON body of one trading signal. `signal_id` is what makes it distinct; a repeat carries the same one. */
export interface Signal {
  /** `BUY` or `SELL`, or what an own scenario says. */
  readonly action: string;
  readonly ticker: string;
  readonly quantity: number;
  readonly price: number;
  readonly signal_id: string;
}

/** What differs between the requests of one signal. */
export const signalVariants = ['none', 'price', 'ticker', 'webhook'] as const;
export type SignalVariant = (typeof signalVariants)[number];
