import { handleSummary, scenario } from '../lib/k6.ts';
import { readBackByPage } from '../lib/long-readback.ts';

// Hours of equal cycles of load and rest, each webhook at 80% of its limit: nothing leaks, slows down or fails in the long run.
// What is sent when: contract/plan/soak.ts.

const planned = scenario('soak');

export const options = planned.options();
export const setup = planned.setup;
export const send = planned.send;

export { handleSummary, readBackByPage as teardown };
