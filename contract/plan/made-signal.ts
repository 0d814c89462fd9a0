import type { Signal, SignalVariant } from './signal.ts';

const tickers: readonly string[] = ['AAPL', 'MSFT', 'TSLA', 'NVDA', 'BTCUSD', 'ETHUSD', 'EURUSD', 'XAUUSD'];
const tickerOf = (n: number): string => tickers[n % tickers.length] ?? '';

/**
 * The n-th signal of a run: BUY and SELL alternate.
 * @param id makes it distinct; the same id again makes it a repeat.
 */
export function makeSignal(n: number, id: string): Signal {
  return {
    action: n % 2 === 0 ? 'BUY' : 'SELL',
    ticker: tickerOf(n),
    quantity: 1 + (n % 10),
    price: 100 + (n % 1000) / 10,
    signal_id: id,
  };
}

/** The same signal with another price or another ticker. */
export function changed(signal: Signal, what: SignalVariant): Signal {
  if (what === 'price') return { ...signal, price: signal.price + 0.5 };
  if (what === 'ticker') return { ...signal, ticker: tickerOf(tickers.indexOf(signal.ticker) + 1) };
  return signal;
}
