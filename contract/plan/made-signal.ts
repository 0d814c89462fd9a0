import type { PlannedSignals } from './plan.ts';
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

const inTurn = <T>(values: readonly T[] | undefined, at: number): T | undefined => values?.[at % values.length];

/** Signal n of a phase, with what its plan says of it. */
export function plannedSignal(
  { first, content }: Pick<PlannedSignals, 'first' | 'content'>,
  n: number,
  id: string,
): Signal {
  const made = makeSignal(n, id);
  if (content === undefined) return made;
  const at = n - first;
  return {
    action: inTurn(content.actions, at) ?? made.action,
    ticker: inTurn(content.tickers, at) ?? made.ticker,
    quantity: inTurn(content.quantities, at) ?? made.quantity,
    price: inTurn(content.prices, at) ?? made.price,
    signal_id: id,
  };
}

/** The same signal with another price or another ticker. */
export function changed(signal: Signal, what: SignalVariant): Signal {
  if (what === 'price') return { ...signal, price: signal.price + 0.5 };
  if (what === 'ticker') return { ...signal, ticker: tickerOf(tickers.indexOf(signal.ticker) + 1) };
  return signal;
}
