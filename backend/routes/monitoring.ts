import type { FastifyInstance } from 'fastify';
import { defaultMonitoringPaths } from '../../contract/profile/monitoring-paths.ts';
import type { PostgresRecords } from '../store/postgres-records.ts';
import type { RedisAdmission } from '../store/redis-admission.ts';
import { StoreUnavailable } from '../store/store.ts';
import type { SupervisorLink } from '../supervisor-link.ts';
import { RequestProblem } from './request-problem.ts';

/** @param redis and postgres are null where the backend runs without. */
export function monitoringRoutes(
  app: FastifyInstance,
  { link, redis, postgres }: { link: SupervisorLink; redis: RedisAdmission | null; postgres: PostgresRecords | null },
): void {
  app.get(defaultMonitoringPaths.health, async () => {
    const { workers, uptimeSeconds } = await link.ask('health', null);
    return { status: 'healthy', workers, uptime_seconds: uptimeSeconds };
  });

  app.get('/api/v1/monitoring/counts', async () => ({ counts: await link.ask('counts', null) }));

  app.get(defaultMonitoringPaths.redis, async (_request, reply) => {
    if (redis === null) throw new RequestProblem(404, 'this backend runs without Redis');
    try {
      const { connectedClients, usedMemoryBytes, pingMs } = await redis.stats();
      return {
        connected_clients: connectedClients,
        used_memory_bytes: usedMemoryBytes,
        errors: await link.ask('storeErrors', 'redis'),
        ping_ms: pingMs,
      };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return reply.code(503).send({ error: error.message });
    }
  });

  app.get(defaultMonitoringPaths.database, async (_request, reply) => {
    if (postgres === null) throw new RequestProblem(404, 'this backend runs without PostgreSQL');
    try {
      // Read before the query below takes a connection itself.
      const pool = await link.ask('pool', postgres.pool());
      const queryMs = await postgres.queryMs();
      return {
        pool_size: pool.size,
        in_use: pool.inUse,
        idle: pool.idle,
        waiting: pool.waiting,
        errors: await link.ask('storeErrors', 'postgres'),
        query_ms: queryMs,
      };
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      return reply.code(503).send({ error: error.message });
    }
  });
}
