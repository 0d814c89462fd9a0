import { execution } from '../lib/execute.ts';
import { stressOptions } from '../lib/options.ts';

// Signals whose connection is cut at a spread of moments, and the same again as real senders do, until one attempt is answered.
// Exactly one effect of each. What is sent when: contract/plan/redelivery.ts.

const planned = execution('redelivery');

export const options = stressOptions(planned.scenarios);
export const setup = planned.setup;
export const send = planned.send;

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
