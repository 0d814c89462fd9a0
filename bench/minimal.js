// The smallest k6 script that sends what sustained sends: what any k6 user pays per request. bench/k6-sender.ts and bench/generators.ts run it.
import { sleep } from 'k6';
import http from 'k6/http';

const [ratePerSecond, vus] = [Number(__ENV.BENCH_RATE), Number(__ENV.BENCH_VUS)];
const duration = `${__ENV.BENCH_SECONDS}s`;
const isOnce = Boolean(__ENV.BENCH_ONCE);

function executor() {
  if (isOnce) return { executor: 'per-vu-iterations', vus, iterations: 1 };
  if (ratePerSecond === 0) return { executor: 'constant-vus', vus, duration };
  return { executor: 'constant-arrival-rate', rate: ratePerSecond, duration, preAllocatedVUs: vus, maxVUs: vus };
}

export const options = { scenarios: { sustained: executor() } };

const url = `${__ENV.BASE_URL}/api/v1/webhooks/bench?secret=bench`;
const params = { headers: { 'Content-Type': 'application/json' } };

export default function () {
  if (isOnce) sleep(1);
  const body = { action: 'BUY', ticker: 'AAPL', quantity: 1, price: 100.1, signal_id: 'mwwc5zft6glv08-s100000' };
  http.post(url, JSON.stringify(body), params);
}
