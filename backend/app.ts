import Fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import { purposeHeader } from '../contract/journal/outcomes.ts';
import { type BackendOutcome, countedPurpose } from './counts.ts';
import { Faults } from './faults.ts';
import { log, messageOf } from './log.ts';
import { readRawBodies } from './raw-body.ts';
import { authRoutes } from './routes/auth.ts';
import { monitoringRoutes } from './routes/monitoring.ts';
import { RequestProblem } from './routes/request-problem.ts';
import { runtimeRoutes } from './routes/runtime.ts';
import { webhookRoutes } from './routes/webhooks.ts';
import type { WorkerSettings } from './settings.ts';
import { Interrupted } from './store/interrupted-store.ts';
import type { PostgresRecords } from './store/postgres-records.ts';
import type { RedisAdmission } from './store/redis-admission.ts';
import { type Store, StoreUnavailable } from './store/store.ts';
import type { SupervisorLink } from './supervisor-link.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Answered with 200 like an acceptance, but counted apart. */
    isDuplicate: boolean;
  }
}

const maxBodyBytes = 64 * 1024;

export interface AppParts {
  readonly settings: WorkerSettings;
  readonly link: SupervisorLink;
  readonly store: Store;
  readonly redis: RedisAdmission | null;
  readonly postgres: PostgresRecords | null;
  /** While true, answers ask clients to close their connection. */
  readonly isLeaving: () => boolean;
}

/** The webhook backend of one worker, not yet listening. */
export function buildApp(parts: AppParts): FastifyInstance {
  const { settings, link } = parts;
  const app = Fastify({
    logger: false,
    bodyLimit: maxBodyBytes,
    // Requests that reach a draining worker over an open connection are still served.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
  });

  readRawBodies(app);
  app.decorateRequest('isDuplicate', false);
  // Told before the answer leaves, so that a client that has its answer is counted.
  app.addHook('onSend', async (request, reply) => {
    const purpose = countedPurpose(request.headers[purposeHeader.toLowerCase()]);
    link.tell({ note: 'request', purpose, outcome: outcomeOf(reply.statusCode, request.isDuplicate) });
    if (parts.isLeaving()) reply.header('Connection', 'close');
  });

  app.setNotFoundHandler(async (_request, reply) => reply.code(404).send({ detail: 'no such route' }));
  app.setErrorHandler<FastifyError>(async (error, _request, reply) => {
    if (error instanceof RequestProblem) return reply.code(error.statusCode).send({ detail: error.detail });
    // Nobody is there to read it.
    if (error instanceof Interrupted) return reply.code(499).send({ detail: 'the client has gone' });
    if (error instanceof StoreUnavailable) {
      log('error', error.message);
      return reply.code(503).send({ detail: 'storage is unavailable' });
    }
    // Fastify's own: 400 is a body that is not JSON; 413 and 415 say what they are.
    if (error.statusCode === 400) return reply.code(422).send({ detail: [{ field: 'body', message: 'must be JSON' }] });
    if (error.statusCode !== undefined && error.statusCode < 500) {
      return reply.code(error.statusCode).send({ detail: error.code });
    }
    log('error', `a request failed: ${error.stack ?? messageOf(error)}`);
    return reply.code(500).send({ detail: 'internal error' });
  });

  authRoutes(app, settings);
  webhookRoutes(app, { ...parts, faults: new Faults(settings.faults) });
  monitoringRoutes(app, parts);
  runtimeRoutes(app, link);
  return app;
}

function outcomeOf(status: number, isDuplicate: boolean): BackendOutcome {
  if (status >= 500) return 'failed';
  if (status === 409) return 'pending';
  if (status === 429) return 'limited';
  if (status >= 400) return 'rejected';
  return isDuplicate ? 'duplicate' : 'accepted';
}
