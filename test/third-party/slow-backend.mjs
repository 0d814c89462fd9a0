// What stands behind nginx: accepts each signal after 60 ms, and ends with its parent. `node slow-backend.mjs SOCKET`

import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) process.exit();
}, 200);

createServer(async (request, response) => {
  request.resume();
  await sleep(60);
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ status: 'accepted' }));
}).listen({ path: process.argv[2], writableAll: true });
