import { Rate } from 'k6/metrics';
import { outcomeMetric } from '../contract/journal/k6-metrics.ts';
import { handleSummary, type RunData, readBack, scenario } from '../lib/k6.ts';

// Constant arrival rate, each webhook at 80% of its limit: success, response times and memory under normal load.
// What is sent when: contract/plan/sustained.ts.

const planned = scenario('sustained');
const success = new Rate('webhook_success');

export const options = planned.options({
  successRate: success.name,
  thresholds: ({ p95Response, success: { failRate } }) => ({
    [outcomeMetric('load', 'accepted')]: [`p(95)<=${p95Response.failMs}`],
    webhook_success: [`rate>=${failRate}`],
  }),
});
export const setup = planned.setup;

export function send(run: RunData): void {
  const outcome = planned.send(run);
  if (outcome !== null) success.add(outcome === 'accepted');
}

export { handleSummary, readBack as teardown };
