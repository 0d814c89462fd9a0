// The smallest k6 script that sends what sustained sends: what any k6 user pays per request. bench/k6-sender.ts runs it.
import http from 'k6/http';

const ratePerSecond = Number(__ENV.BENCH_RATE);

export const options = {
  scenarios: {
    sustained: {
      executor: 'constant-arrival-rate',
      rate: ratePerSecond,
      duration: `${__ENV.BENCH_SECONDS}s`,
      preAllocatedVUs: Number(__ENV.BENCH_VUS),
      maxVUs: Number(__ENV.BENCH_VUS),
    },
  },
};

const url = `${__ENV.BASE_URL}/api/v1/webhooks/bench?secret=bench`;
const params = { headers: { 'Content-Type': 'application/json' } };

export default function () {
  const body = { action: 'BUY', ticker: 'AAPL', quantity: 1, price: 100.1, signal_id: 'mwwc5zft6glv08-s100000' };
  http.post(url, JSON.stringify(body), params);
}
