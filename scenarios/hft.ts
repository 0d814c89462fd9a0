import { outcomeMetric } from '../contract/journal/k6-metrics.ts';
import { execution } from '../lib/execute.ts';
import { stressOptions } from '../lib/options.ts';

// Part A: rapid signals on one webhook, alternating buy and sell: the limit holds.
// Part B: as many at 80% of the limit each over several other webhooks: nothing is refused.
// What is sent when: contract/plan/hft.ts.

const planned = execution('hft');

export const options = stressOptions(planned.scenarios, ({ p95Response }) => ({
  [outcomeMetric('load', 'accepted')]: [`p(95)<=${p95Response.failMs}`],
}));
export const setup = planned.setup;
export const send = planned.send;

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
