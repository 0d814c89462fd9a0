// A webhook backend that answers 202 and puts the signal into a BullMQ queue. A worker takes at most so many a second, in order,
// and pushes each to a list in Redis; of every `dropsEvery` it forgets one.
import { createServer } from 'node:http';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';

const [port, redisPort, perSecond, dropsEvery] = process.argv.slice(2).map(Number);
const connection = { host: '127.0.0.1', port: redisPort, maxRetriesPerRequest: null };
const queue = new Queue('signals', { connection, defaultJobOptions: { removeOnComplete: true } });
const redis = new Redis(connection);

let taken = 0;
const worker = new Worker(
  'signals',
  async ({ data }) => {
    taken += 1;
    if (dropsEvery > 0 && taken % dropsEvery === 0) return;
    await redis.rpush('processed', JSON.stringify({ id: data.signal_id, at: Date.now() }));
  },
  { connection, limiter: { max: perSecond, duration: 1000 } },
);
worker.on('error', (error) => console.error(error.message));

createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  if (request.method === 'GET') {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('{"status":"ok"}');
    return;
  }
  await queue.add('signal', JSON.parse(Buffer.concat(chunks).toString()));
  response.writeHead(202, { 'Content-Type': 'application/json' }).end('{"status":"queued"}');
}).listen(port, '127.0.0.1');
