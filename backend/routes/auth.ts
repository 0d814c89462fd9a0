import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { issueAccessToken, isValidAccessToken, sameSecret } from '../access-token.ts';
import type { WorkerSettings } from '../settings.ts';
import { parseOr422, RequestProblem } from './request-problem.ts';

const loginBody = z.object({ email: z.string().max(320), password: z.string().max(1024) });

export function authRoutes(app: FastifyInstance, settings: WorkerSettings): void {
  app.post('/api/v1/auth/login', async (request) => {
    const { email, password } = parseOr422(loginBody, request.body);
    const rightPassword = sameSecret(password, settings.password);
    if (email !== settings.email || !rightPassword) throw new RequestProblem(401, 'wrong email or password');
    return { access_token: issueAccessToken(settings.signingKey, Date.now()), token_type: 'bearer' };
  });
}

/** Throws a 401 where the request carries no access token of this backend. */
export function requireAccessToken(request: FastifyRequest, settings: WorkerSettings): void {
  const [scheme = '', token = ''] = (request.headers.authorization ?? '').split(' ', 2);
  if (scheme.toLowerCase() !== 'bearer' || !isValidAccessToken(settings.signingKey, token, Date.now())) {
    throw new RequestProblem(401, 'log in first: the access token is missing, wrong or expired');
  }
}
