import exec from 'k6/execution';
import { barrierLeadMs, phases, roundGapMs, safeBatch } from '../contract/plan.ts';
import { waitUntil } from '../lib/barrier.ts';
import { environment } from '../lib/environment.ts';
import { stressOptions } from '../lib/options.ts';
import { type Provisioned, provision, webhooksFor } from '../lib/provisioning.ts';
import { makeSignal } from '../lib/signal.ts';
import { openConnection, sendSignal } from '../lib/webhook-client.ts';

// Rounds of distinct signals on the same webhooks at one instant, each webhook within its limit: none lost, none twice.

const { sizes, profile } = environment;
const vus = safeBatch(profile) * webhooksFor(sizes.CONCURRENCY_WEBHOOKS);

export const options = stressOptions({
  [phases.concurrency]: {
    executor: 'per-vu-iterations',
    vus,
    iterations: sizes.CONCURRENCY_ROUNDS,
    maxDuration: '120s',
    exec: 'together',
  },
});

export const setup = () => provision(sizes.CONCURRENCY_WEBHOOKS);

export function together({ webhooks, runTag, readyAtMs }: Provisioned): void {
  const round = exec.vu.iterationInScenario;
  if (round === 0) openConnection();
  waitUntil(readyAtMs + barrierLeadMs + round * roundGapMs(profile));
  const n = exec.scenario.iterationInTest;
  const index = exec.vu.idInTest % webhooks.length;
  const webhook = webhooks[index];
  if (webhook !== undefined) sendSignal(webhook, index, makeSignal(n, `${runTag}-${n}`));
}

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
