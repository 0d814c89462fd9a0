// A webhook backend on Express whose repeats are recognized by the library express-idempotency: `node idempotent-server.mjs PORT MODE`.
// Any token is a webhook. A repeat gets the first answer again, 409 while the first is still worked on, and 417 if its payload is another. MODE is one of
//   healthy        stores the signal, then answers
//   works          works for 20 ms, stores the signal, then answers
//   same-intent    the same, and takes any payload of a key for the first one
//   gives-up       reports an error to the library once its client has gone, although the signal is stored by then
//   answers-first  answers, and stores the signal only if its client is still there
//   slow-keys      keeps keys in a store that takes 100 ms and lets two requests create the same one

import express from 'express';
import { getSharedIdempotencyService, idempotency } from 'express-idempotency';

const [port = '0', mode = 'healthy'] = process.argv.slice(2);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const workMs = 20;

/** What a store over a network is like, without a unique index. */
class SlowKeys {
  #resources = new Map();

  async findByIdempotencyKey(key) {
    const found = this.#resources.get(key) ?? null;
    await sleep(5 * workMs);
    return found;
  }
  async create(resource) {
    this.#resources.set(resource.idempotencyKey, resource);
  }
  async update(resource) {
    this.#resources.set(resource.idempotencyKey, resource);
  }
  async delete(key) {
    this.#resources.delete(key);
  }
}

/** By webhook, what was processed. */
const processed = new Map();
function store(token, id) {
  const signals = processed.get(token) ?? [];
  processed.set(token, signals);
  signals.push({ signal_id: id, processed_at_us: Math.round((performance.timeOrigin + performance.now()) * 1000) });
}

const app = express();
app.get('/health', (_request, response) => response.json({ status: 'ok' }));
app.get('/hooks/:token/signals', ({ params }, response) => {
  response.json({ signals: processed.get(params.token) ?? [] });
});
app.use(express.json());
app.use(
  idempotency({
    ...(mode === 'slow-keys' ? { dataAdapter: new SlowKeys() } : {}),
    ...(mode === 'same-intent' ? { intentValidator: { isValidIntent: () => true } } : {}),
  }),
);
app.post('/hooks/:token', async (request, response) => {
  const service = getSharedIdempotencyService();
  if (service.isHit(request)) return;
  const { token } = request.params;
  const { signal_id: id } = request.body;
  const hasGone = () => request.socket.destroyed;
  if (mode === 'answers-first') {
    response.send({ status: 'accepted', signal_id: id });
    await sleep(workMs);
    if (!hasGone()) store(token, id);
    return;
  }
  if (mode === 'works' || mode === 'same-intent') await sleep(workMs);
  store(token, id);
  if (mode === 'gives-up') {
    await sleep(workMs);
    if (hasGone()) {
      await service.reportError(request);
      return;
    }
  }
  response.send({ status: 'accepted', signal_id: id });
});
// With four parameters Express takes it for the handler of errors; the library has set the status.
app.use((error, _request, response, _next) => response.send({ error: error.message }));
app.listen(Number(port), '127.0.0.1').keepAliveTimeout = 60_000;
