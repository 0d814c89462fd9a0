import type { Signal } from '../contract/signal.ts';

const tickers = ['AAPL', 'MSFT', 'TSLA', 'NVDA', 'BTCUSD', 'ETHUSD', 'EURUSD', 'XAUUSD'] as const;

/**
 * The n-th signal of a run: BUY and SELL alternate.
 * @param id makes it distinct; the same id again makes it a repeat.
 */
export function makeSignal(n: number, id: string): Signal {
  return {
    action: n % 2 === 0 ? 'BUY' : 'SELL',
    ticker: tickers[n % tickers.length] ?? tickers[0],
    quantity: 1 + (n % 10),
    price: 100 + (n % 1000) / 10,
    signal_id: id,
  };
}
