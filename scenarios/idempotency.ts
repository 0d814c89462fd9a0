import { execution } from '../lib/execute.ts';
import { stressOptions } from '../lib/options.ts';

// The same signal again: after gaps on both sides of the TTL, at one instant, changed, and beyond the limit; and signals that
// only look alike. What each phase is for: contract/plan/roles.ts. What is sent when: contract/plan/idempotency.ts.

const planned = execution('idempotency');

export const options = stressOptions(planned.scenarios);
export const setup = planned.setup;
export const send = planned.send;

export { readBack as teardown } from '../lib/readback.ts';
export { handleSummary } from '../lib/summary.ts';
