import exec from 'k6/execution';
import { Rate } from 'k6/metrics';
import { outcomeMetric } from '../contract/journal/k6-metrics.ts';
import { phases, safeRate, webhooksOf } from '../contract/plan/plan.ts';
import { environment } from '../lib/environment.ts';
import { p95Threshold, stressOptions } from '../lib/options.ts';
import { type Provisioned, provision } from '../lib/provisioning.ts';
import { sender } from '../lib/sender.ts';

// Constant arrival rate, each webhook at 80 % of its limit: success, response times and memory under normal load.

const { sizes, profile } = environment;
const webhooks = webhooksOf(profile, sizes.WEBHOOKS, environment.webhooks.length);
const ratePerSecond = Math.max(1, Math.round(safeRate(profile) * webhooks));

const success = new Rate('webhook_success');

export const options = stressOptions(
  {
    [phases.sustained]: {
      executor: 'constant-arrival-rate',
      rate: ratePerSecond,
      duration: `${sizes.SUSTAINED_SECONDS}s`,
      preAllocatedVUs: Math.max(10, Math.ceil(ratePerSecond / 4)),
      maxVUs: Math.max(50, ratePerSecond * 5),
      exec: 'signal',
    },
  },
  {
    [outcomeMetric('load', 'accepted')]: [p95Threshold],
    webhook_success: [`rate>=${profile.criteria.success.failRate}`],
  },
);

export const setup = () => provision(webhooks);

export function signal(run: Provisioned): void {
  const n = exec.scenario.iterationInTest;
  success.add(sender(run, n % webhooks, 's')(n) === 'accepted');
}

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
