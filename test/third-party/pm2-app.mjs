// An app for PM2 that ends gracefully when it is told to. Paths: /exit/N ends it by that code, /throw by an exception that nobody catches,
// /grow/MB has it keep so much memory.
import { createServer } from 'node:http';
import process from 'node:process';

const kept = [];
const server = createServer((request, response) => {
  const [, name, value] = request.url.split('/');
  if (name === 'exit') process.exit(Number(value));
  if (name === 'throw') throw new TypeError('no route for this order');
  if (name === 'grow') kept.push(Buffer.alloc(Number(value) * 1e6, 1));
  response.end(String(process.pid));
});
process.on('SIGINT', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
server.listen(Number(process.env.PORT), '127.0.0.1');
