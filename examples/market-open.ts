import { check } from 'k6';
import { constantRate, handleSummary, type RunData, rampingRate, readBack, scenario } from 'webhook-stress/k6';

// A market opens: few signals before the bell, then within moments as many as the limit allows, then the day's usual rate.
// Several tickers. Nothing may be refused, lost or processed twice. `seconds` is SUSTAINED_SECONDS, 30 unless it is set.

const tickers = ['AAPL', 'MSFT', 'NVDA', 'TSLA'];

const planned = scenario('market-open', ({ safeRate, seconds }) => [
  rampingRate({
    name: 'bell',
    stages: [
      { seconds: 0.1 * seconds, perSecond: 0.1 * safeRate },
      { seconds: 0.1 * seconds, perSecond: safeRate },
      { seconds: 0.1 * seconds, perSecond: 0.8 * safeRate },
    ],
    content: { tickers, quantities: [10, 25, 100] },
  }),
  constantRate({
    name: 'trading',
    afterMs: 300 * seconds,
    perSecond: 0.8 * safeRate,
    seconds: 0.7 * seconds,
    content: { tickers },
  }),
]);

// Plain k6: each threshold is a criterion of the report, beside those on the server.
export const options = planned.options({ thresholds: { checks: ['rate>0.99'] } });
export const setup = planned.setup;

export function send(run: RunData): void {
  const outcome = planned.send(run);
  if (outcome !== null) check(outcome, { 'the signal is taken': (seen) => seen === 'accepted' });
}

export { handleSummary, readBack as teardown };
