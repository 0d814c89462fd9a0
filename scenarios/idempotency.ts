import { handleSummary, readBack, scenario } from '../lib/k6.ts';

// The same signal again: after gaps on both sides of the TTL, at one instant, changed, and beyond the limit; and signals that
// only look alike. What each phase is for: contract/plan/roles.ts. What is sent when: contract/plan/idempotency.ts.

const planned = scenario('idempotency');

export const options = planned.options();
export const setup = planned.setup;
export const send = planned.send;

export { handleSummary, readBack as teardown };
