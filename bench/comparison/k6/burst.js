import { sleep } from 'k6';
import http from 'k6/http';
import { Counter } from 'k6/metrics';

const accepted = new Counter('accepted');
const duplicates = new Counter('duplicates');

export const options = {
  scenarios: { burst: { executor: 'per-vu-iterations', vus: 100, iterations: 1 } },
  thresholds: { accepted: ['count==1'], duplicates: ['count==99'] },
};

export const setup = () => ({ atMs: Date.now() + 3000, signal_id: `burst-${Date.now()}` });

export default function ({ atMs, signal_id }) {
  http.get(`${__ENV.BASE_URL}/api/v1/monitoring/health`); // Opens the connection of this VU.
  sleep((atMs - Date.now()) / 1000);
  const body = JSON.stringify({ action: 'BUY', ticker: 'BTCUSD', quantity: 1, price: 100, signal_id });
  const answer = http.post(__ENV.HOOK_URL, body, { headers: { 'Content-Type': 'application/json' } });
  const status = answer.status === 200 ? answer.json('status') : '';
  if (status === 'accepted') accepted.add(1);
  if (status === 'duplicate') duplicates.add(1);
}
