import exec from 'k6/execution';
import type { Scenario } from 'k6/options';
import { leakPlan, phases, webhooksOf } from '../contract/plan/plan.ts';
import { environment } from '../lib/environment.ts';
import { minDurationMs, stressOptions } from '../lib/options.ts';
import { type Provisioned, provision } from '../lib/provisioning.ts';
import { sender } from '../lib/sender.ts';

// Equal cycles of load and settling; the memory floor after each is what the leak verdict is drawn from.

const { sizes, profile } = environment;
const webhooks = webhooksOf(profile, sizes.WEBHOOKS, environment.webhooks.length);
const { requestsPerCycle, ratePerSecond, cycleMs } = leakPlan(sizes, profile, webhooks);
const cycles = Array.from({ length: sizes.LEAK_CYCLES }, (_, n) => phases.leakCycle(n));

function cycle(n: number): Scenario {
  return {
    executor: 'constant-arrival-rate',
    startTime: `${n * cycleMs}ms`,
    rate: Math.max(1, Math.round(ratePerSecond * 60)),
    timeUnit: '1m',
    // Two intervals more than needed, so that the last request is not lost to rounding; `signal` stops at the exact number.
    duration: `${Math.max(minDurationMs, Math.ceil(((requestsPerCycle + 2) * 1000) / ratePerSecond))}ms`,
    preAllocatedVUs: Math.max(10, Math.ceil(ratePerSecond / 4)),
    maxVUs: Math.max(50, Math.ceil(ratePerSecond * 5)),
    exec: 'signal',
  };
}

export const options = stressOptions(Object.fromEntries(cycles.map((name, n) => [name, cycle(n)])));

export const setup = () => provision(webhooks);

export function signal(run: Provisioned): void {
  const n = exec.scenario.iterationInTest;
  if (n >= requestsPerCycle) return;
  sender(run, n % webhooks, 'm')(cycles.indexOf(exec.scenario.name) * requestsPerCycle + n);
}

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
