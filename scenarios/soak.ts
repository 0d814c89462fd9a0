import { handleSummary, type RunData, scenario } from '../lib/k6.ts';
import { around } from '../lib/lazy-parts.ts';

// Hours of equal cycles of load and rest, each webhook at 80% of its limit: nothing leaks, slows down or fails in the long run.
// What is sent when: contract/plan/soak.ts.

const planned = scenario('soak');

export const options = planned.options();
export const setup = planned.setup;
export const send = planned.send;

export const teardown = (run: RunData): void => around().readBackByPage(run);

export { handleSummary };
