import exec from 'k6/execution';
import { idempotencyPlan } from '../contract/plan/idempotency.ts';
import { groupScenario } from '../lib/barrier.ts';
import { environment } from '../lib/environment.ts';
import { stressOptions } from '../lib/options.ts';
import { sendQuota } from '../lib/probes/quota.ts';
import { sendAgain, sendTogether } from '../lib/probes/repeats.ts';
import { type Provisioned, provision } from '../lib/provisioning.ts';

// The same signal again: after gaps on both sides of the TTL, at one instant, changed, and beyond the limit; and signals that
// only look alike. What each phase is for stands with its name in contract/plan/plan.ts, when and where it runs in
// contract/plan/idempotency.ts.

const plan = idempotencyPlan(environment.sizes, environment.profile, environment.webhooks.length);
const { together: togetherPlan, quota: quotaPlan, odds: oddsPlan } = plan;

export const options = stressOptions({
  ...Object.fromEntries(plan.repeats.map((phase) => [phase.phase, groupScenario(phase, 'repeat')])),
  [togetherPlan.phase]: groupScenario(togetherPlan, 'together'),
  ...(quotaPlan === null ? {} : { [quotaPlan.phase]: groupScenario(quotaPlan, 'quota') }),
  ...(oddsPlan === null ? {} : { [oddsPlan.phase]: groupScenario(oddsPlan, 'odds') }),
});

export const setup = () => provision(plan.webhooks);

export function repeat(run: Provisioned): void {
  const phase = plan.repeats.find(({ phase }) => phase === exec.scenario.name);
  if (phase !== undefined) sendAgain(run, phase);
}

export const together = (run: Provisioned) => sendTogether(run, togetherPlan, 't', 'load');

export function quota(run: Provisioned): void {
  if (quotaPlan !== null) sendQuota(run, quotaPlan);
}

export function odds(run: Provisioned): void {
  if (oddsPlan !== null) sendTogether(run, oddsPlan, 'o', 'probe');
}

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
