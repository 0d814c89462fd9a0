import { handleSummary, readBack, replay, scenario } from 'webhook-stress/k6';

// The signals of a recorded day, from recorded-day.csv, in their own order and rhythm. The day had six and a half hours: here it
// takes `seconds`, which is SUSTAINED_SECONDS, 30 unless it is set. A row that carries the id of an earlier one repeats it.

const daySeconds = 6.5 * 3600;

const planned = scenario('recorded-day', ({ seconds }) => [
  replay({ name: 'day', file: './recorded-day.csv', speed: daySeconds / seconds }),
]);

// `send` adds nothing to the plan, so no JavaScript runs for a signal.
export const options = planned.options({ onlyPlanned: true });
export const setup = planned.setup;
export const send = planned.send;

export { handleSummary, readBack as teardown };
