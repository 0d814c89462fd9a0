// A webhook backend in Node that leaks as told.
//
//   LEAK_BYTES=N GARBAGE_BYTES=N METRICS=1 WORKERS=N node leak-server.mjs PORT

import cluster from 'node:cluster';
import { createServer } from 'node:http';
import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const leakBytes = Number(process.env.LEAK_BYTES ?? 0);
const garbageBytes = Number(process.env.GARBAGE_BYTES ?? 0);
const workers = Number(process.env.WORKERS ?? 0);

/** Doubles are written one by one, so that every page of them is touched. */
const numbers = (bytes) => new Array(Math.ceil(bytes / 8)).fill(0.5);

function serve() {
  const leaked = [];
  let collections = 0;
  new PerformanceObserver((list) => {
    collections += list
      .getEntries()
      .filter(({ detail }) => detail?.kind === constants.NODE_PERFORMANCE_GC_MAJOR).length;
  }).observe({ entryTypes: ['gc'] });

  function page() {
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
    return [
      ['process_start_time_seconds', performance.timeOrigin / 1000],
      ['process_resident_memory_bytes', rss],
      ['nodejs_heap_size_total_bytes', heapTotal],
      ['nodejs_heap_size_used_bytes', heapUsed],
      ['nodejs_external_memory_bytes', external],
      ['nodejs_gc_duration_seconds_count{kind="major"}', collections],
    ]
      .map(([name, value]) => `${name} ${value}\n`)
      .join('');
  }

  createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    const send = (status, body, type = 'application/json') => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    if (request.url === '/health') return send(200, '{"status":"ok"}');
    if (request.url === '/metrics' && process.env.METRICS) return send(200, page(), 'text/plain; version=0.0.4');
    if (request.url === '/collect') {
      setFlagsFromString('--expose-gc');
      runInNewContext('gc')();
      return send(200, '{}');
    }
    if (!request.url.startsWith('/hooks/')) return send(404, '{}');
    if (leakBytes > 0) leaked.push(numbers(leakBytes));
    if (garbageBytes > 0) numbers(garbageBytes);
    return send(200, JSON.stringify({ status: 'accepted', signal_id: JSON.parse(text).signal_id }));
  }).listen(Number(process.argv[2]), '127.0.0.1');
}

if (workers > 0 && cluster.isPrimary) for (let n = 0; n < workers; n += 1) cluster.fork();
else serve();
