// A webhook backend that keeps its idempotency keys in Redis as many do, by SET NX PX, and what it processed in its memory:
// `node redis-keys-server.mjs PORT REDIS_PORT TTL_MS`. Without Redis, or where Redis refuses, it writes the error to its log and answers 503.
import { createServer } from 'node:http';
import { Redis } from 'ioredis';

const [port, redisPort, ttlMs] = process.argv.slice(2).map(Number);
const redis = new Redis({ host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: 1 });
redis.on('error', (error) => console.error(`Redis: ${error.message}`));

/** By the path of its webhook, what was processed. */
const processed = new Map();

async function take(path, body) {
  const { signal_id } = JSON.parse(body);
  const isNew = await redis.set(`${path}:${signal_id}`, '1', 'PX', ttlMs, 'NX');
  if (isNew === null) return [200, { status: 'duplicate' }];
  const signals = processed.get(path) ?? [];
  processed.set(path, signals);
  signals.push({ signal_id, processed_at_us: Math.round((performance.timeOrigin + performance.now()) * 1000) });
  return [201, { status: 'accepted' }];
}

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const answer = (status, body) =>
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  if (request.method === 'GET')
    return answer(200, { signals: processed.get(request.url.replace('/signals', '')) ?? [] });
  try {
    answer(...(await take(request.url, Buffer.concat(chunks).toString())));
  } catch (error) {
    console.error(String(error));
    answer(503, { status: 'unavailable' });
  }
}).listen(port, '127.0.0.1');
