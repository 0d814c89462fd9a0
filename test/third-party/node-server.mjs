// A webhook backend of one process, limited by rate-limiter-flexible: `node node-server.mjs PORT [BLOCK]`. Any token is a webhook.
// RateLimiterMemory opens a key's window of N with its first request and forgets it `duration` later: fixed from first hit.
// BLOCK is the blockDuration in seconds, for which all is refused after the first request beyond N.

import { createServer } from 'node:http';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const [port = '0', block = '0'] = process.argv.slice(2);
const limiter = new RateLimiterMemory({ points: 10, duration: 1, blockDuration: Number(block) });

function answer(response, status, body, headers = {}) {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(JSON.stringify(body));
}

async function bodyOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return JSON.parse(text);
}

async function receive(token, request, response) {
  const signal = await bodyOf(request);
  try {
    await limiter.consume(token);
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal;
    // As its documentation has it, in whole seconds as HTTP wants them.
    const headers = { 'Retry-After': String(Math.ceil(refusal.msBeforeNext / 1000)) };
    answer(response, 429, { error: 'too many requests' }, headers);
    return;
  }
  answer(response, 200, { status: 'accepted', signal_id: signal.signal_id });
}

createServer((request, response) => {
  const token = /^\/hooks\/([^/?]+)$/.exec(request.url ?? '')?.[1];
  if (request.method === 'GET' && request.url === '/health') {
    answer(response, 200, { status: 'ok' });
  } else if (request.method === 'POST' && token !== undefined) {
    receive(token, request, response).catch((error) => {
      answer(response, error instanceof SyntaxError ? 422 : 500, { error: String(error) });
    });
  } else {
    request.resume();
    answer(response, 404, { error: 'not found' });
  }
}).listen(Number(port), '127.0.0.1');
