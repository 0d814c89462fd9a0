import { handleSummary, readBack, scenario } from '../lib/k6.ts';

// Equal cycles of load and settling; what memory settles to after each is what the leak verdict is drawn from.
// What is sent when: contract/plan/memory-leak.ts.

const planned = scenario('memory-leak');

export const options = planned.options();
export const setup = planned.setup;
export const send = planned.send;

export { handleSummary, readBack as teardown };
