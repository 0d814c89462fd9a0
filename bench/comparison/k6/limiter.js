import { sleep } from 'k6';
import http from 'k6/http';
import { Counter } from 'k6/metrics';

const accepted = new Counter('accepted');
const limited = new Counter('limited');

export const options = {
  scenarios: { limiter: { executor: 'per-vu-iterations', vus: 20, iterations: 1 } },
  thresholds: { accepted: ['count==10'], limited: ['count==10'] },
};

export const setup = () => ({ atMs: Date.now() + 3000 });

export default function ({ atMs }) {
  sleep((atMs - Date.now()) / 1000);
  const signal_id = `limiter-${atMs}-${__VU}`;
  const body = JSON.stringify({ action: 'BUY', ticker: 'BTCUSD', quantity: 1, price: 100, signal_id });
  const { status } = http.post(__ENV.HOOK_URL, body, { headers: { 'Content-Type': 'application/json' } });
  if (status === 200) accepted.add(1);
  if (status === 429) limited.add(1);
}
