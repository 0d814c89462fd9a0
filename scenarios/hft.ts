import exec from 'k6/execution';
import { outcomeMetric } from '../contract/journal/k6-metrics.ts';
import { phases, safeRate, webhooksOf } from '../contract/plan/plan.ts';
import { environment } from '../lib/environment.ts';
import { minDurationMs, p95Threshold, stressOptions } from '../lib/options.ts';
import { type Provisioned, provision } from '../lib/provisioning.ts';
import { sender } from '../lib/sender.ts';

// Part A: rapid signals on one webhook, alternating buy and sell: the limit holds.
// Part B: as many at 80 % of the limit each over several other webhooks: nothing is refused.

const { sizes, profile } = environment;
const webhooks = webhooksOf(profile, 1 + sizes.HFT_WEBHOOKS, environment.webhooks.length);
const pacedWebhooks = Math.max(1, webhooks - 1);
const pacedRate = Math.max(1, Math.round(safeRate(profile) * pacedWebhooks));

export const options = stressOptions(
  {
    [phases.hftRapid]: {
      executor: 'shared-iterations',
      vus: 10,
      iterations: Math.max(10, sizes.HFT_SIGNALS),
      maxDuration: '60s',
      exec: 'rapid',
    },
    [phases.hftPaced]: {
      executor: 'constant-arrival-rate',
      startTime: '3s',
      rate: pacedRate,
      duration: `${Math.max(minDurationMs, Math.ceil(((sizes.HFT_SIGNALS + 2) * 1000) / pacedRate))}ms`,
      preAllocatedVUs: Math.max(10, Math.ceil(pacedRate / 4)),
      maxVUs: Math.max(50, pacedRate * 5),
      exec: 'paced',
    },
  },
  { [outcomeMetric('load', 'accepted')]: [p95Threshold] },
);

export const setup = () => provision(webhooks);

export function rapid(run: Provisioned): void {
  const n = exec.scenario.iterationInTest;
  if (n < sizes.HFT_SIGNALS) sender(run, 0, 'a')(n);
}

export function paced(run: Provisioned): void {
  const n = exec.scenario.iterationInTest;
  if (n < sizes.HFT_SIGNALS) sender(run, webhooks === 1 ? 0 : 1 + (n % pacedWebhooks), 'b')(n);
}

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
