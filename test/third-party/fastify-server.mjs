// A webhook backend on Fastify: `node fastify-server.mjs PORT LIMITER`. Any token is a webhook. LIMITER is one of
//   client   10 per second and client address, of all its requests, by rate-limiter-flexible: fixed from first hit
//   bucket   10 per second and webhook without a burst: a token bucket of one token
//   none     no limiter

import Fastify from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

const [port = '0', kind = 'none'] = process.argv.slice(2);
const perSecond = 10;
const clients = new RateLimiterMemory({ points: perSecond, duration: 1 });
/** By webhook: when its token is there again, in milliseconds. */
const nextTokenMs = new Map();

/** How long a request has to wait, in milliseconds; 0 if it is admitted. */
async function waitMs(address, token) {
  if (kind === 'client') {
    try {
      await clients.consume(address);
      return 0;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return Math.max(1, refusal.msBeforeNext);
    }
  }
  if (kind !== 'bucket' || token === undefined) return 0;
  const nowMs = performance.now();
  const dueMs = nextTokenMs.get(token) ?? 0;
  if (nowMs < dueMs) return dueMs - nowMs;
  nextTokenMs.set(token, nowMs + 1000 / perSecond);
  return 0;
}

const server = Fastify({ keepAliveTimeout: 60_000 });
server.addHook('onRequest', async (request, reply) => {
  const ms = await waitMs(request.ip, request.params.token);
  if (ms > 0) {
    await reply
      .code(429)
      .header('Retry-After', String(Math.ceil(ms / 1000)))
      .send({ error: 'too many requests' });
  }
});
server.get('/health', async () => ({ status: 'ok' }));
server.post('/hooks/:token', async ({ body }) => ({ status: 'accepted', signal_id: body.signal_id }));
await server.listen({ port: Number(port), host: '127.0.0.1' });
