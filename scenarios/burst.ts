import { execution } from '../lib/execute.ts';
import { stressOptions } from '../lib/options.ts';

// Identical signals at one instant, each from a VU of its own with its connection already open: one effect, nothing fails.
// What is sent when: contract/plan/burst.ts.

const planned = execution('burst');

export const options = stressOptions(planned.scenarios);
export const setup = planned.setup;
export const send = planned.send;

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
