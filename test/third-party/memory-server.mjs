// A server in Node that leaks, or leaves garbage: node memory-server.mjs PORT leak|clean BYTES
// With --min-semi-space-size=256 --max-semi-space-size=256 its garbage waits for a collector that does not come.
import { createServer } from 'node:http';
import { PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const [port, mode, bytes] = process.argv.slice(2);
const kept = [];
let collections = 0;
new PerformanceObserver((list) => {
  for (const { detail } of list.getEntries()) if (detail.kind === 4) collections += 1;
}).observe({ entryTypes: ['gc'] });

function collect() {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

function page() {
  const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
  return Object.entries({
    process_start_time_seconds: Math.round(Date.now() / 1000 - process.uptime()),
    process_resident_memory_bytes: rss,
    nodejs_heap_size_total_bytes: heapTotal,
    nodejs_heap_size_used_bytes: heapUsed,
    nodejs_external_memory_bytes: external,
    'nodejs_gc_duration_seconds_count{kind="major"}': collections,
  })
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}

createServer((request, response) => {
  if (request.url === '/metrics') return response.end(page());
  if (request.url === '/collect') {
    collect();
    return setImmediate(() => response.end('{}'));
  }
  if (request.method === 'POST') {
    const made = Array.from({ length: Number(bytes) / 8 }, () => Math.random());
    if (mode === 'leak') kept.push(made);
  }
  request.resume().once('end', () => response.end('{}'));
}).listen(Number(port), '127.0.0.1');
