import { check } from 'k6';
import crypto from 'k6/crypto';
import exec from 'k6/execution';
import http from 'k6/http';

const base = { executor: 'constant-arrival-rate', timeUnit: '1s', preAllocatedVUs: 10 };

export const options = {
  scenarios: {
    right: { ...base, exec: 'right', rate: 8, duration: '10s' },
    wrong: { ...base, exec: 'wrong', rate: 1, duration: '1s', startTime: '11s' },
  },
  thresholds: { checks: ['rate==1'], 'http_req_duration{scenario:right}': ['p(95)<200'] },
};

function send(secret) {
  const signal_id = `signed-${Date.now()}-${exec.scenario.iterationInTest}`;
  const body = JSON.stringify({ action: 'BUY', ticker: 'BTCUSD', quantity: 1, price: 100, signal_id });
  const signature = `sha256=${crypto.hmac('sha256', secret, body, 'hex')}`;
  const headers = { 'Content-Type': 'application/json', 'X-Hub-Signature-256': signature };
  return http.post(__ENV.HOOK_URL, body, { headers });
}

export const right = () => check(send(__ENV.SECRET), { accepted: ({ status }) => status === 200 });
export const wrong = () => check(send('wrong'), { refused: ({ status }) => status === 401 });
