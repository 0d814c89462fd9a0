import exec from 'k6/execution';
import type { Scenario } from 'k6/options';
import { phases } from '../contract/plan/plan.ts';
import { rateLimitPlan, type Steady } from '../contract/plan/rate-limit.ts';
import { groupScenario } from '../lib/barrier.ts';
import { environment } from '../lib/environment.ts';
import { stressOptions } from '../lib/options.ts';
import { sendAroundInstants } from '../lib/probes/boundary.ts';
import { forgedOrigin, sendBursts } from '../lib/probes/bursts.ts';
import { sendUntilAdmitted } from '../lib/probes/recovery.ts';
import { type Provisioned, provision } from '../lib/provisioning.ts';
import { sender } from '../lib/sender.ts';

// First 20 as fast as possible: half are blocked. Then probes, each of which asks one question of the limiter; what each is
// for stands with its name in contract/plan/plan.ts, when and where it runs in contract/plan/rate-limit.ts.

const { sizes, profile } = environment;
const plan = rateLimitPlan(sizes, profile, environment.webhooks.length);

const steadyScenario = ({ startMs, endMs, perMinute }: Steady): Scenario => ({
  executor: 'constant-arrival-rate',
  startTime: `${startMs}ms`,
  duration: `${endMs - startMs}ms`,
  rate: perMinute,
  timeUnit: '1m',
  preAllocatedVUs: Math.max(5, Math.ceil(perMinute / 240)),
  maxVUs: 200,
  exec: 'steady',
});

export const options = stressOptions({
  [phases.initialBurst]: {
    executor: 'shared-iterations',
    vus: Math.min(5, plan.initialBurst),
    iterations: plan.initialBurst,
    maxDuration: '30s',
    exec: 'initialBurst',
  },
  [plan.recovery.phase]: groupScenario(plan.recovery, 'recovery'),
  [plan.boundary.phase]: groupScenario(plan.boundary, 'boundary'),
  [plan.forwarded.phase]: groupScenario(plan.forwarded, 'forwarded'),
  ...(plan.bursts.steps > 0 ? { [plan.bursts.phase]: groupScenario(plan.bursts, 'bursts') } : {}),
  ...Object.fromEntries(plan.steady.map((probe) => [probe.phase, steadyScenario(probe)])),
});

export const setup = () => provision(plan.webhooks);

export const initialBurst = (run: Provisioned) => sender(run, 0, 't')(exec.scenario.iterationInTest);
export const recovery = (run: Provisioned) => sendUntilAdmitted(run, plan.recovery);
export const boundary = (run: Provisioned) => sendAroundInstants(run, plan.boundary);
export const bursts = (run: Provisioned) => sendBursts(run, plan.bursts, 'b');
export const forwarded = (run: Provisioned) => sendBursts(run, plan.forwarded, 'f', forgedOrigin);

export function steady(run: Provisioned): void {
  const probe = plan.steady.find(({ phase }) => phase === exec.scenario.name);
  if (probe !== undefined) sender(run, probe.webhook, probe.idPrefix, 'probe')(exec.scenario.iterationInTest);
}

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
