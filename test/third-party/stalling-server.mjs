// A Node server that blocks its event loop, or forgets to close a file, when it is asked to.
import { openSync } from 'node:fs';
import { createServer } from 'node:http';

const forgotten = [];

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/block') {
    const untilMs = Date.now() + Number(searchParams.get('ms'));
    while (Date.now() < untilMs);
  }
  if (pathname === '/leak') forgotten.push(openSync('/dev/null', 'r'));
  response.setHeader('Content-Type', 'application/json').end('{}');
}).listen(Number(process.argv[2]), '127.0.0.1');
