import { handleSummary, readBack, scenario } from '../lib/k6.ts';

// First 20 as fast as possible: half are blocked. Then probes, each of which asks one question of the limiter.
// What each phase is for: contract/plan/roles.ts. What is sent when: contract/plan/rate-limit.ts.

const planned = scenario('rate-limit');

export const options = planned.options();
export const setup = planned.setup;
export const send = planned.send;

export { handleSummary, readBack as teardown };
