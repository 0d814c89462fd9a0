import { handleSummary, readBack, scenario } from '../lib/k6.ts';

// Signals whose connection is cut at a spread of moments, and the same again as real senders do, until one attempt is answered.
// Exactly one effect of each. What is sent when: contract/plan/redelivery.ts.

const planned = scenario('redelivery');

export const options = planned.options();
export const setup = planned.setup;
export const send = planned.send;

export { handleSummary, readBack as teardown };
