// A webhook backend on Fastify, limited by @fastify/rate-limit: `node fastify-limit-server.mjs PORT HEADERS [FAULT]`. Any token is
// a webhook. Its store opens a key's window of N with the first request: fixed from first hit.
//   HEADERS  legacy (x-ratelimit-*) or draft (ratelimit-*)
//   FAULT    stuck: all of the limit remains, whatever came; milliseconds: Retry-After and the reset are in milliseconds

import rateLimit from '@fastify/rate-limit';
import Fastify from 'fastify';

const [port = '0', headers = 'legacy', fault = 'none'] = process.argv.slice(2);
const max = 10;

const server = Fastify({ keepAliveTimeout: 60_000 });
await server.register(rateLimit, { global: false, enableDraftSpec: headers === 'draft' });
server.addHook('onSend', async (_, reply) => {
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (fault === 'stuck' && name.endsWith('remaining')) reply.header(name, max);
    const isTime = name === 'retry-after' || name.endsWith('reset');
    if (fault === 'milliseconds' && isTime) reply.header(name, Number(value) * 1000);
  }
});
server.get('/health', async () => ({ status: 'ok' }));
server.post(
  '/hooks/:token',
  { config: { rateLimit: { max, timeWindow: 1000, keyGenerator: ({ params }) => params.token } } },
  async ({ body }) => ({ status: 'accepted', signal_id: body.signal_id }),
);
await server.listen({ port: Number(port), host: '127.0.0.1' });
