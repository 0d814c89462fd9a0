// A receiver of webhooks that leaves the check of signatures to the library of Standard Webhooks. SIGNATURES=unchecked leaves it out.
import { createServer } from 'node:http';
import { Webhook } from 'standardwebhooks';

const [port, secret] = [Number(process.argv[2]), process.env.SIGNING_SECRET ?? ''];
const checks = process.env.SIGNATURES !== 'unchecked';
const processed = new Map();

function isRight(body, headers) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

const server = createServer((request, response) => {
  const answer = (status, value) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(value));
  };
  const [, , token = '', what] = new URL(request.url ?? '/', 'http://server').pathname.split('/');
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    if (request.method === 'GET') {
      const signals = (processed.get(token) ?? []).map((signal_id) => ({ signal_id }));
      answer(200, what === 'signals' ? { signals } : { status: 'ok' });
      return;
    }
    const body = Buffer.concat(chunks).toString('utf8');
    if (checks && !isRight(body, request.headers)) {
      answer(401, { error: 'signature' });
      return;
    }
    processed.set(token, [...(processed.get(token) ?? []), JSON.parse(body).signal_id]);
    answer(200, { status: 'accepted' });
  });
});
server.keepAliveTimeout = 60_000;
server.listen(port, '127.0.0.1');
