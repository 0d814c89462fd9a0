import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { hashSecret, sameSecret } from '../access-token.ts';
import type { Faults } from '../faults.ts';
import type { WorkerSettings } from '../settings.ts';
import type { Decision, Store, Webhook } from '../store/store.ts';
import type { SupervisorLink } from '../supervisor-link.ts';
import { requireAccessToken } from './auth.ts';
import { brokenAnswers } from './broken-answers.ts';
import { parseOr422, RequestProblem } from './request-problem.ts';

/** No control characters and no half surrogates: neither fits into every store. */
const plainText = (most: number) => z.string().regex(new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${most}}$`, 'u'));

const createBody = z.object({ name: plainText(200), details: z.unknown().optional() });

const signalBody = z.object({
  action: z.enum(['BUY', 'SELL']),
  ticker: z.string().regex(/^[A-Za-z0-9.:/_-]{1,32}$/),
  quantity: z.number().positive(),
  price: z.number().positive(),
  signal_id: plainText(128).optional(),
});

const signalsQuery = z.object({
  after: z.coerce.number().int().min(0).max(2_147_483_647).default(0),
  limit: z.coerce.number().int().min(1).max(1000).default(1000),
});

const webhookAddress = z.object({
  params: z.object({ token: z.string() }),
  query: z.object({ secret: z.string().default('') }),
});

/** Webhooks never change: a worker looks each up once, as long as there are not more than this. */
const maxCachedWebhooks = 10_000;

export function webhookRoutes(
  app: FastifyInstance,
  { settings, store, link, faults }: { settings: WorkerSettings; store: Store; link: SupervisorLink; faults: Faults },
): void {
  const webhooks = new Map<string, Webhook>();
  const leaked: Buffer[] = [];
  let sawSignal = false;
  let refusals = 0;

  /** Throws 404 for an unknown token and 401 for a wrong secret. */
  async function authorisedWebhook(request: { params: unknown; query: unknown }): Promise<Webhook> {
    const address = webhookAddress.safeParse(request);
    if (!address.success) throw new RequestProblem(401, 'give the secret once');
    const { token } = address.data.params;
    const webhook = webhooks.get(token) ?? (/^[\w-]{1,64}$/.test(token) ? await store.findWebhook(token) : null);
    if (webhook === null) throw new RequestProblem(404, 'no such webhook');
    if (webhooks.size >= maxCachedWebhooks) webhooks.clear();
    webhooks.set(token, webhook);
    if (!sameSecret(hashSecret(address.data.query.secret), webhook.secretHash)) {
      throw new RequestProblem(401, 'wrong secret');
    }
    return webhook;
  }

  function keyOf(signalId: string, ticker: string): string {
    // A ticker holds no space.
    return faults.has('key-ignores-ticker') ? `id:${signalId}` : `id:${ticker} ${signalId}`;
  }

  /** Whose count a request goes to: that of its webhook. */
  function quotaOf({ token }: Webhook, forwardedFor: string | string[] | undefined): string {
    if (faults.has('limiter-global')) return 'all';
    if (faults.has('limiter-per-worker')) return `${token} ${process.pid}`;
    if (faults.has('limiter-trusts-forwarded')) return `${token} ${forwardedFor ?? ''}`;
    return token;
  }

  /** What a refusal promises; null for nothing. */
  function retryAfterSeconds(retryAfterMs: number): number | null {
    refusals += 1;
    if (faults.has('limiter-forgets-retry-after')) return null;
    if (faults.has('limiter-wrong-retry-after')) return refusals % 2 === 0 ? 0 : 3600;
    return Math.max(1, Math.ceil(retryAfterMs / 1000));
  }

  app.post('/api/v1/webhooks/', async (request, reply) => {
    requireAccessToken(request, settings);
    const { name } = parseOr422(createBody, request.body);
    const token = randomUUID();
    const secret = randomBytes(24).toString('base64url');
    await store.createWebhook({ token, secretHash: hashSecret(secret), name });
    return reply.code(201).send({ id: token, token, secret, name });
  });

  app.post('/api/v1/webhooks/:token', brokenAnswers(settings, faults), async (request, reply) => {
    if (faults.has('worker-sigkill') && !sawSignal) link.tell({ note: 'first-signal' });
    sawSignal = true;

    const webhook = await authorisedWebhook(request);
    const { signal_id: signalId, ...signal } = parseOr422(signalBody, request.body);
    const decision: Decision = faults.strikes('limiter-blocks-some')
      ? { status: 'limited', retryAfterMs: settings.windowMs }
      : await store.process({
          ...signal,
          webhook: webhook.token,
          key: signalId === undefined ? `payload:${hashPayload(request.body)}` : keyOf(signalId, signal.ticker),
          quota: quotaOf(webhook, request.headers['x-forwarded-for']),
          signalId: signalId ?? null,
        });

    const leakBytes = faults.value('leak');
    if (leakBytes !== null && decision.status === 'accepted') leaked.push(Buffer.alloc(leakBytes, 1));
    if (decision.status === 'limited') {
      const seconds = retryAfterSeconds(decision.retryAfterMs);
      if (seconds !== null) reply.header('Retry-After', String(seconds));
      return reply.code(429).send({ detail: 'rate limit exceeded' });
    }
    if (decision.status === 'duplicate') request.isDuplicate = true;
    return { status: decision.status, id: decision.id };
  });

  app.get('/api/v1/webhooks/:token/signals', async (request) => {
    const webhook = await authorisedWebhook(request);
    const { after, limit } = parseOr422(signalsQuery, request.query);
    return store.readSignals(webhook.token, after, limit);
  });
}

/** The same for the same fields in any order. */
function hashPayload(body: unknown): string {
  const fields = Object.entries(body ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url');
}
