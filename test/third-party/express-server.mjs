// A webhook backend on Express, limited by express-rate-limit: `node express-server.mjs PORT HEADERS [FAULT]`. Any token is a
// webhook. Its MemoryStore opens a key's window of N with the first request: fixed from first hit.
//   HEADERS  draft-6, draft-7, draft-8 or legacy
//   FAULT    stuck: all of the limit remains, whatever came; epoch: Retry-After is a time

import express from 'express';
import { rateLimit } from 'express-rate-limit';

const [port = '0', headers = 'draft-8', fault = 'none'] = process.argv.slice(2);
const limit = 10;

/** As a proxy in front would spoil them. */
function spoil(response) {
  const change = (name, to) => {
    const text = response.getHeader(name);
    if (text !== undefined) response.setHeader(name, to(String(text)));
  };
  if (fault === 'stuck') {
    change('RateLimit', (text) => text.replace(/(r|remaining)=\d+/, `$1=${limit}`));
    for (const name of ['RateLimit-Remaining', 'X-RateLimit-Remaining']) change(name, () => String(limit));
  }
  if (fault === 'epoch') change('Retry-After', (text) => String(Math.round(Date.now() / 1000) + Number(text)));
}

const app = express();
app.disable('x-powered-by');
app.use((_, response, next) => {
  const { writeHead } = response;
  response.writeHead = (...given) => {
    spoil(response);
    return writeHead.apply(response, given);
  };
  next();
});
app.get('/health', (_, response) => response.json({ status: 'ok' }));
app.post(
  '/hooks/:token',
  rateLimit({
    windowMs: 1000,
    limit,
    standardHeaders: headers === 'legacy' ? false : headers,
    legacyHeaders: headers === 'legacy',
    keyGenerator: ({ params }) => params.token,
    message: { error: 'too many requests' },
  }),
  express.json(),
  ({ body }, response) => response.json({ status: 'accepted', signal_id: body.signal_id }),
);
const server = app.listen(Number(port), '127.0.0.1');
server.keepAliveTimeout = 60_000;
