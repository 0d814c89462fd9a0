import { check } from 'k6';
import { handleSummary, type RunData, readBack, retries, scenario } from 'webhook-stress/k6';

// Senders that lose the answer and send again, as Stripe does by itself and GitHub by a script that somebody runs. Their pauses are
// hours; here they are shortened, so that every attempt lies within the time for which the server remembers a signal. However
// often a signal comes, it has one effect. `seconds` is SUSTAINED_SECONDS, 30 unless it is set.

const planned = scenario('retrying-sender', ({ seconds }) => [
  retries({ name: 'stripe', like: 'stripe', count: 4 * seconds }),
  retries({ name: 'github', like: 'github', afterMs: 500 * seconds, count: 8 * seconds }),
]);

export const options = planned.options({ thresholds: { checks: ['rate==1'] } });
export const setup = planned.setup;

export function send(run: RunData): void {
  const outcome = planned.send(run);
  check(outcome, { 'the signal arrives in the end': (seen) => seen === 'accepted' || seen === 'duplicate' });
}

export { handleSummary, readBack as teardown };
