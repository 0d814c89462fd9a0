import { handleSummary, readBack, scenario } from '../lib/k6.ts';

// Rounds of distinct signals at one instant, each webhook within its limit: on shared webhooks, and with one for each VU.
// None is lost, none processed twice. What is sent when: contract/plan/concurrency.ts.

const planned = scenario('concurrency');

export const options = planned.options();
export const setup = planned.setup;
export const send = planned.send;

export { handleSummary, readBack as teardown };
