import type { FastifyInstance, FastifyRequest } from 'fastify';
import * as z from 'zod/mini';
import { issueAccessToken, sameSecret, type Tenant, tenantOf } from '../access-token.ts';
import type { WorkerSettings } from '../settings.ts';
import { parseOr422, RequestProblem } from './request-problem.ts';

const loginBody = z.object({
  email: z.string().check(z.maxLength(320)),
  password: z.string().check(z.maxLength(1024)),
});

export function authRoutes(app: FastifyInstance, settings: WorkerSettings): void {
  app.post('/api/v1/auth/login', async (request) => {
    const { email, password } = parseOr422(loginBody, request.body);
    const isSecond = email === settings.secondLogin?.email;
    const right = isSecond ? settings.secondLogin : settings;
    const rightPassword = sameSecret(password, right?.password ?? '');
    if (email !== right?.email || !rightPassword) throw new RequestProblem(401, 'wrong email or password');
    const token = issueAccessToken(settings.signingKey, isSecond ? 'second' : 'first', Date.now());
    return { access_token: token, token_type: 'bearer' };
  });
}

/** Whose log-in the request comes from. Throws a 401 where it carries no access token of this backend. */
export function tenantOfRequest(request: FastifyRequest, settings: WorkerSettings): Tenant {
  const [scheme = '', token = ''] = (request.headers.authorization ?? '').split(' ', 2);
  const tenant = scheme.toLowerCase() === 'bearer' ? tenantOf(settings.signingKey, token, Date.now()) : null;
  if (tenant === null) throw new RequestProblem(401, 'log in first: the access token is missing, wrong or expired');
  return tenant;
}
