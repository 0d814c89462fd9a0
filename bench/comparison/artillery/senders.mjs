import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const atMs = Date.now() + 4000;

export async function waitForInstant() {
  await sleep(atMs - Date.now());
}

export async function countAnswer(_request, response, _context, events) {
  events.emit('counter', `answers.${JSON.parse(response.body).status}`, 1);
}

function signWith(secret, request) {
  request.body = JSON.stringify({ action: 'BUY', ticker: 'BTCUSD', quantity: 1, price: 100, signal_id: randomUUID() });
  const signature = `sha256=${createHmac('sha256', secret).update(request.body).digest('hex')}`;
  request.headers = { 'Content-Type': 'application/json', 'X-Hub-Signature-256': signature };
}

export const signRightly = async (request) => signWith(process.env.SECRET, request);
export const signWrongly = async (request) => signWith('wrong', request);
