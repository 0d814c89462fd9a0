/** What `webhook-stress new` writes: a scenario that runs as it is, and shows what there is. */
export const scenarioTemplate = (
  name: string,
): string => `// A scenario of your own: npx webhook-stress run stress/${name}.ts
//
// It is a script of k6 (https://grafana.com/docs/k6/latest/): checks, groups, thresholds and custom metrics work as they do there. k6
// is not Node.js: node:fs, process and packages that need them do not exist here.
import { check } from 'k6';
import { burst, constantRate, handleSummary, type RunData, readBack, scenario } from 'webhook-stress/k6';

// The plan: what is sent when. Every phase counts from the same instant; \`safeRate\` is 80% of what the profile's limit admits, per second
// and for all webhooks together. The answers are judged as those of the built-in scenarios are: exactly once, response times, success.
const planned = scenario('${name}', ({ safeRate }) => [
  constantRate({ name: 'steady', perSecond: safeRate, seconds: 10, content: { tickers: ['AAPL', 'MSFT'] } }),
  // When that is over, the same signal five times at one instant: one effect.
  burst({ name: 'bell', afterMs: 12_000, count: 5, identical: true }),
]);

// Thresholds of k6 become criteria of the report.
export const options = planned.options({ thresholds: { checks: ['rate>0.99'] } });
export const setup = planned.setup;

/** One iteration: sends the next signal of its phase. */
export function send(run: RunData): void {
  const outcome = planned.send(run);
  if (outcome !== null) check(outcome, { 'accepted or recognized': (is) => is === 'accepted' || is === 'duplicate' });
}

export { handleSummary, readBack as teardown };
`;
