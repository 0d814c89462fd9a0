import { sleep } from 'k6';
import exec from 'k6/execution';
import { limitOf, phases, probeStartMs, windowMs } from '../contract/plan.ts';
import { environment } from '../lib/environment.ts';
import { stressOptions } from '../lib/options.ts';
import { type Provisioned, provision, webhooksFor } from '../lib/provisioning.ts';
import { makeSignal } from '../lib/signal.ts';
import { sendSignal } from '../lib/webhook-client.ts';

// First 20 as fast as possible: half are blocked. Then probes, each on a webhook of its own: a burst of three times the
// limit and the time to the next admission; twice the limit for a while; 90 % of it, where nothing may be refused.

const { sizes, profile } = environment;
const limit = limitOf(profile);
const limitPerSecond = (limit * 1000) / windowMs(profile);
const webhooks = webhooksFor(4);
const probeDuration = `${sizes.RATE_LIMIT_PROBE_SECONDS}s`;

export const options = stressOptions({
  [phases.twenty]: {
    executor: 'shared-iterations',
    vus: Math.min(5, sizes.RATE_LIMIT_SIGNALS),
    iterations: sizes.RATE_LIMIT_SIGNALS,
    maxDuration: '30s',
    exec: 'twenty',
  },
  [phases.probeRecovery]: {
    executor: 'shared-iterations',
    startTime: `${probeStartMs(0, sizes, webhooks)}ms`,
    vus: Math.min(10, limit),
    iterations: 3 * limit + 20 * limit,
    maxDuration: probeDuration,
    exec: 'burst',
  },
  [phases.probeDouble]: {
    executor: 'constant-arrival-rate',
    startTime: `${probeStartMs(1, sizes, webhooks)}ms`,
    rate: Math.max(1, Math.round(2 * limitPerSecond * 60)),
    timeUnit: '1m',
    duration: probeDuration,
    preAllocatedVUs: 20,
    maxVUs: 200,
    exec: 'double',
  },
  [phases.probeLegitimate]: {
    executor: 'constant-arrival-rate',
    startTime: `${probeStartMs(2, sizes, webhooks)}ms`,
    rate: Math.max(1, Math.floor(0.9 * limitPerSecond * 60)),
    timeUnit: '1m',
    duration: probeDuration,
    preAllocatedVUs: 20,
    maxVUs: 200,
    exec: 'legitimate',
  },
});

export const setup = () => provision(4);

function send(run: Provisioned, wanted: number, purpose: 'load' | 'probe'): void {
  const index = wanted % run.webhooks.length;
  const webhook = run.webhooks[index];
  const n = exec.scenario.iterationInTest;
  if (webhook !== undefined)
    sendSignal(webhook, index, makeSignal(n, `${run.runTag}-${exec.scenario.name}-${n}`), purpose);
}

export const twenty = (run: Provisioned): void => send(run, 0, 'load');

/** The first 3 × limit at once, the rest spaced at a tenth of the limit's interval, until its window has passed twice. */
export function burst(run: Provisioned): void {
  if (exec.scenario.iterationInTest >= 3 * limit) sleep((0.1 * Math.min(10, limit)) / limitPerSecond);
  send(run, 1, 'probe');
}

export const double = (run: Provisioned): void => send(run, 2, 'probe');
export const legitimate = (run: Provisioned): void => send(run, 3, 'probe');

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
