import exec from 'k6/execution';
import { barrierLeadMs, phases } from '../contract/plan/plan.ts';
import { openInTurn, waitUntil } from '../lib/barrier.ts';
import { environment } from '../lib/environment.ts';
import { stressOptions } from '../lib/options.ts';
import { type Provisioned, provision } from '../lib/provisioning.ts';
import { sender } from '../lib/sender.ts';

// Identical signals at one instant, each from a VU of its own with its connection already open: one effect, nothing fails.

const { sizes } = environment;

export const options = stressOptions({
  [phases.burst]: {
    executor: 'per-vu-iterations',
    vus: sizes.BURST_SIGNALS,
    iterations: 1,
    maxDuration: '60s',
    exec: 'together',
  },
});

export const setup = () => provision(1);

export function together(run: Provisioned): void {
  openInTurn(exec.scenario.iterationInTest, sizes.BURST_SIGNALS);
  waitUntil(run.readyAtMs + barrierLeadMs);
  sender(run, 0, 'b')(0);
}

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
