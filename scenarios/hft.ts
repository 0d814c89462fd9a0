import { outcomeMetric } from '../contract/journal/k6-metrics.ts';
import { handleSummary, readBack, scenario } from '../lib/k6.ts';

// Part A: rapid signals on one webhook, alternating buy and sell: the limit holds.
// Part B: as many at 80% of the limit each over several other webhooks: nothing is refused.
// What is sent when: contract/plan/hft.ts.

const planned = scenario('hft');

export const options = planned.options({
  thresholds: ({ p95Response }) => ({
    [outcomeMetric('load', 'accepted')]: [`p(95)<=${p95Response.failMs}`],
  }),
});
export const setup = planned.setup;
export const send = planned.send;

export { handleSummary, readBack as teardown };
