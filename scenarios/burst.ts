import { handleSummary, readBack, scenario } from '../lib/k6.ts';

// Identical signals at one instant, each from a VU of its own with its connection already open: one effect, nothing fails.
// What is sent when: contract/plan/burst.ts.

const planned = scenario('burst');

export const options = planned.options();
export const setup = planned.setup;
export const send = planned.send;

export { handleSummary, readBack as teardown };
