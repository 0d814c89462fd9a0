import { execution } from '../lib/execute.ts';
import { stressOptions } from '../lib/options.ts';

// Rounds of distinct signals at one instant, each webhook within its limit: on shared webhooks, and with one for each VU.
// None is lost, none processed twice. What is sent when: contract/plan/concurrency.ts.

const planned = execution('concurrency');

export const options = stressOptions(planned.scenarios);
export const setup = planned.setup;
export const send = planned.send;

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
