import { sleep } from 'k6';
import exec from 'k6/execution';
import { barrierLeadMs, idempotencyGaps, idempotencyPlan, phases, ttlMs } from '../contract/plan.ts';
import { waitUntil } from '../lib/barrier.ts';
import { environment } from '../lib/environment.ts';
import { stressOptions } from '../lib/options.ts';
import { type Provisioned, provision, webhooksFor } from '../lib/provisioning.ts';
import { makeSignal } from '../lib/signal.ts';
import { openConnection, sendSignal } from '../lib/webhook-client.ts';

// The same signal again after gaps on both sides of the TTL: a duplicate within it, a new signal after it.

const { sizes, profile } = environment;
const { staggerMs } = idempotencyPlan(sizes, profile, webhooksFor(sizes.WEBHOOKS));
const phaseNames = idempotencyGaps.map((gap) => phases.idempotencyGap(gap));

export const options = stressOptions(
  Object.fromEntries(
    phaseNames.map((phase) => [
      phase,
      {
        executor: 'per-vu-iterations',
        vus: sizes.IDEMPOTENCY_KEYS,
        iterations: 1,
        maxDuration: '120s',
        exec: 'repeat',
      },
    ]),
  ),
);

export const setup = () => provision(sizes.WEBHOOKS);

export function repeat({ webhooks, runTag, readyAtMs }: Provisioned): void {
  const phase = phaseNames.indexOf(exec.scenario.name);
  const gap = idempotencyGaps[phase];
  const key = phase * sizes.IDEMPOTENCY_KEYS + exec.scenario.iterationInTest;
  const index = key % webhooks.length;
  const webhook = webhooks[index];
  if (webhook === undefined || gap === undefined) return;

  openConnection();
  waitUntil(readyAtMs + barrierLeadMs + Math.floor(key / webhooks.length) * staggerMs);
  const signal = makeSignal(key, `${runTag}-${key}`);
  const firstSentMs = Date.now();
  sendSignal(webhook, index, signal);
  // Within the TTL the gap counts from the first sending, past it from the first answer: so each side is certain.
  const from = gap < 1 ? firstSentMs : Date.now();
  const remainingMs = from + gap * ttlMs(profile) - Date.now();
  if (remainingMs > 0) sleep(remainingMs / 1000);
  sendSignal(webhook, index, signal);
}

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
