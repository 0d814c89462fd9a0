import { execution } from '../lib/execute.ts';
import { stressOptions } from '../lib/options.ts';

// Equal cycles of load and settling; what memory settles to after each is what the leak verdict is drawn from.
// What is sent when: contract/plan/memory-leak.ts.

const planned = execution('memory-leak');

export const options = stressOptions(planned.scenarios);
export const setup = planned.setup;
export const send = planned.send;

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
