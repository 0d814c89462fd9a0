import { setTimeout as sleep } from 'node:timers/promises';
import type { RouteShorthandOptions } from 'fastify';
import type { Faults } from '../faults.ts';
import type { WorkerSettings } from '../settings.ts';
import { RequestProblem } from './request-problem.ts';

/** Faults in how a route answers, around what it does. */
export function brokenAnswers({ workers }: WorkerSettings, faults: Faults): RouteShorthandOptions {
  let requests = 0;
  return {
    async preHandler(request, reply) {
      if (faults.strikes('error-500')) throw new RequestProblem(500, 'broken on purpose');
      if (!faults.strikes('broken-connections')) return;
      reply.hijack();
      request.raw.socket.destroy();
    },
    async preSerialization(_request, _reply, payload) {
      // The other workers have served about as many.
      requests += workers;
      const growingMs = faults.value('slow-growing') ?? 0;
      const lateMs = (faults.value('slow') ?? 0) + (growingMs * requests) / 1000;
      if (lateMs > 0) await sleep(lateMs);
      if (faults.strikes('hang')) await new Promise(() => {});
      return payload;
    },
  };
}
