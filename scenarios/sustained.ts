import { Rate } from 'k6/metrics';
import { outcomeMetric } from '../contract/journal/k6-metrics.ts';
import { execution } from '../lib/execute.ts';
import { stressOptions } from '../lib/options.ts';
import type { Provisioned } from '../lib/provisioning.ts';

// Constant arrival rate, each webhook at 80% of its limit: success, response times and memory under normal load.
// What is sent when: contract/plan/sustained.ts.

const planned = execution('sustained');
const success = new Rate('webhook_success');

export const options = stressOptions(planned.scenarios, ({ p95Response, success: { failRate } }) => ({
  [outcomeMetric('load', 'accepted')]: [`p(95)<=${p95Response.failMs}`],
  webhook_success: [`rate>=${failRate}`],
}));
export const setup = planned.setup;

export function send(run: Provisioned): void {
  const outcome = planned.send(run);
  if (outcome !== null) success.add(outcome === 'accepted');
}

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
