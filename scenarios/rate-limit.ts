import { execution } from '../lib/execute.ts';
import { stressOptions } from '../lib/options.ts';

// First 20 as fast as possible: half are blocked. Then probes, each of which asks one question of the limiter.
// What each phase is for: contract/plan/roles.ts. What is sent when: contract/plan/rate-limit.ts.

const planned = execution('rate-limit');

export const options = stressOptions(planned.scenarios);
export const setup = planned.setup;
export const send = planned.send;

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
