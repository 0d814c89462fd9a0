import { concurrencyPlan } from '../contract/plan/concurrency.ts';
import type { Timetable } from '../contract/plan/timetable.ts';
import { eachStep, groupScenario, waitConnected } from '../lib/barrier.ts';
import { environment } from '../lib/environment.ts';
import { stressOptions } from '../lib/options.ts';
import { type Provisioned, provision } from '../lib/provisioning.ts';
import { sender } from '../lib/sender.ts';

// Rounds of distinct signals at one instant, each webhook within its limit: on shared webhooks, and with one for each VU.
// None is lost, none processed twice.

const plan = concurrencyPlan(environment.sizes, environment.profile, environment.webhooks.length);

export const options = stressOptions({
  [plan.together.phase]: groupScenario(plan.together, 'together'),
  ...(plan.apart === null ? {} : { [plan.apart.phase]: groupScenario(plan.apart, 'apart') }),
});

export const setup = () => provision(plan.webhooks);

function rounds(
  run: Provisioned,
  { firstMs, everyMs, firstWebhook, webhooks, vusPerGroup }: Timetable,
  idPrefix: string,
) {
  return (round: number, slot: number): void => {
    waitConnected(run.readyAtMs + firstMs + round * everyMs);
    sender(run, firstWebhook + (slot % webhooks), idPrefix)(round * vusPerGroup + slot);
  };
}

export const together = (run: Provisioned) => eachStep(plan.together, rounds(run, plan.together, 'c'));

export function apart(run: Provisioned): void {
  if (plan.apart !== null) eachStep(plan.apart, rounds(run, plan.apart, 'w'));
}

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
