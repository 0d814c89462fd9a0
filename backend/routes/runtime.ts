import { constants, PerformanceObserver } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';
import { collectGarbage } from '../collect-garbage.ts';
import type { SupervisorLink } from '../supervisor-link.ts';

/** A worker's own memory in the words of prom-client, and a request that has it, and the supervisor, collect their garbage. */
export function runtimeRoutes(app: FastifyInstance, link: SupervisorLink): void {
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if ('detail' in entry && isMajor(entry.detail)) collections += 1;
  });
  observer.observe({ entryTypes: ['gc'] });
  app.addHook('onClose', async () => observer.disconnect());

  app.get('/metrics', async (_request, reply) => {
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    reply.type('text/plain; version=0.0.4; charset=utf-8');
    return [
      ['process_start_time_seconds', performance.timeOrigin / 1000],
      ['process_cpu_seconds_total', (user + system) / 1e6],
      ['process_resident_memory_bytes', rss],
      ['nodejs_heap_size_total_bytes', heapTotal],
      ['nodejs_heap_size_used_bytes', heapUsed],
      ['nodejs_external_memory_bytes', external],
      ['nodejs_gc_duration_seconds_count{kind="major"}', collections],
    ]
      .map(([name, value]) => `${name} ${value}\n`)
      .join('');
  });

  app.post('/api/v1/monitoring/collect', async () => {
    link.tell({ note: 'collect' });
    collectGarbage();
    // The observer is told of it after this turn.
    await new Promise((resolve) => setImmediate(resolve));
    return { collected: true };
  });
}

function isMajor(detail: unknown): boolean {
  return (
    typeof detail === 'object' &&
    detail !== null &&
    'kind' in detail &&
    detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR
  );
}
