import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import * as z from 'zod/mini';
import { hashSecret, sameSecret } from '../access-token.ts';
import { leakDescriptor, startBusyFaults } from '../busy-faults.ts';
import type { Faults } from '../faults.ts';
import { isOtherPayload } from '../payload-id.ts';
import { type SenderProblem, Senders } from '../senders.ts';
import type { WorkerSettings } from '../settings.ts';
import { signingSecret } from '../signatures.ts';
import { Interrupted } from '../store/interrupted-store.ts';
import type { QuotaLeft } from '../store/limiters/limiter.ts';
import type { Decision, Store, Webhook } from '../store/store.ts';
import type { SupervisorLink } from '../supervisor-link.ts';
import { tenantOfRequest } from './auth.ts';
import { brokenAnswers } from './broken-answers.ts';
import { parseOr422, RequestProblem } from './request-problem.ts';

/** No control characters and no half surrogates: neither fits into every store. */
const plainText = (maxLength: number) =>
  z.string().check(z.regex(new RegExp(`^[^\\p{Cc}\\p{Cs}]{1,${maxLength}}$`, 'u')));

const createBody = z.object({ name: plainText(200), details: z.optional(z.unknown()) });

const signalBody = z.object({
  action: z.enum(['BUY', 'SELL']),
  ticker: z.string().check(z.regex(/^[A-Za-z0-9.:/_-]{1,32}$/)),
  quantity: z.number().check(z.positive()),
  price: z.number().check(z.positive()),
  signal_id: z.optional(plainText(128)),
});

const signalsQuery = z.object({
  after: z._default(z.coerce.number().check(z.int(), z.gte(0), z.lte(2_147_483_647)), 0),
  limit: z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(1000)), 1000),
});

const webhookAddress = z.object({
  params: z.object({ token: z.string() }),
  query: z.object({ secret: z._default(z.string(), '') }),
});

/** Webhooks never change: a worker looks each up once, as long as there are not more than this. */
const maxCachedWebhooks = 10_000;

interface WebhookParts {
  readonly settings: WorkerSettings;
  readonly store: Store;
  readonly link: SupervisorLink;
  readonly faults: Faults;
}

export function webhookRoutes(app: FastifyInstance, parts: WebhookParts): void {
  const { settings, store, faults } = parts;
  const webhooks = new Webhooks(store);
  const senders = new Senders(settings, faults);
  const signals = new Signals(parts);

  app.post('/api/v1/webhooks/', async (request, reply) => {
    const tenant = tenantOfRequest(request, settings);
    const { name } = parseOr422(createBody, request.body);
    const token = randomUUID();
    const secret =
      settings.signature === null
        ? randomBytes(24).toString('base64url')
        : signingSecret(settings.signature, settings.password, token);
    await store.createWebhook({ token, secretHash: hashSecret(secret), name, tenant });
    return reply.code(201).send({ id: token, token, secret, name });
  });

  app.post('/api/v1/webhooks/:token', brokenAnswers(settings, faults), async (request, reply) => {
    signals.seen();
    const webhook = await webhooks.named(request);
    const problem = senders.problemOf(request, webhook);
    if (problem !== null && faults.has('key-before-check')) await signals.rememberKey(webhook, request.body);
    if (problem !== null && !faults.has('processes-refused')) throw refusal(problem);
    const hasGone = (): boolean => request.raw.socket.destroyed;
    const decision = await signals.process(webhook, request.body, request.headers['x-forwarded-for'], hasGone);
    if (problem !== null) throw refusal(problem);
    if (decision.status === 'pending') return reply.code(409).send({ detail: 'in progress' });
    if (decision.status !== 'duplicate') reply.headers(signals.quotaHeaders(decision.left));
    if (decision.status === 'limited') {
      const seconds = signals.retryAfterSeconds(decision.retryAfterMs);
      if (seconds !== null) reply.header('Retry-After', String(seconds));
      return reply.code(429).send({ detail: 'rate limit exceeded' });
    }
    const isMarked = decision.status === 'duplicate' && faults.has('marks-replays');
    if (isMarked) reply.header('Idempotent-Replayed', 'true');
    const status = faults.has('key-ignores-id') || faults.has('marks-replays') ? 'accepted' : decision.status;
    if (status === 'duplicate' || isMarked) request.isDuplicate = true;
    return { status, id: decision.id };
  });

  app.get('/api/v1/webhooks/:token/signals', async (request) => {
    const webhook = await webhooks.authorized(request);
    const { after, limit } = parseOr422(signalsQuery, request.query);
    return store.readSignals(webhook.token, after, limit);
  });
}

/** The webhooks that this worker has looked up. */
class Webhooks {
  readonly #store: Store;
  readonly #known = new Map<string, Webhook>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Throws 404 for an unknown token and 401 for a wrong secret. */
  async authorized(request: { params: unknown; query: unknown }): Promise<Webhook> {
    const address = webhookAddress.safeParse(request);
    if (!address.success) throw new RequestProblem(401, 'give the secret once');
    const webhook = await this.named(request);
    if (!sameSecret(hashSecret(address.data.query.secret), webhook.secretHash)) throw refusal('wrong');
    return webhook;
  }

  /** Throws 404 for an unknown token. */
  async named({ params }: { params: unknown }): Promise<Webhook> {
    const { token } = parseOr422(webhookAddress.shape.params, params);
    const known = this.#known.get(token);
    const webhook = known ?? (/^[\w-]{1,64}$/.test(token) ? await this.#store.findWebhook(token) : null);
    if (webhook === null) throw new RequestProblem(404, 'no such webhook');
    if (this.#known.size >= maxCachedWebhooks) this.#known.clear();
    this.#known.set(token, webhook);
    return webhook;
  }
}

const refusals = {
  missing: 'the secret or signature is missing',
  malformed: 'the signature has not the form of one',
  wrong: 'wrong secret or signature',
  stale: 'the timestamp is too old or too new',
} as const;

const refusal = (problem: SenderProblem): RequestProblem => new RequestProblem(401, refusals[problem]);

/** What becomes of signals, faults included. */
class Signals {
  readonly #parts: WebhookParts;
  readonly #leaked: Buffer[] = [];
  #sawSignal = false;
  #refusals = 0;

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  seen(): void {
    const { faults, link } = this.#parts;
    if (faults.has('worker-sigkill') && !this.#sawSignal) link.tell({ note: 'first-signal' });
    if (!this.#sawSignal) startBusyFaults(faults);
    this.#sawSignal = true;
  }

  /** Throws 422 for a body that is no signal, and for another payload where that is told. */
  async process(
    webhook: Webhook,
    body: unknown,
    forwardedFor: string | string[] | undefined,
    hasGone: () => boolean,
  ): Promise<Decision> {
    const { faults, settings, store } = this.#parts;
    const { signal_id: signalId, ...signal } = parseOr422(signalBody, body);
    if (faults.strikes('limiter-blocks-some')) return { status: 'limited', retryAfterMs: settings.windowMs };
    const received = {
      ...signal,
      webhook: webhook.token,
      key: signalId === undefined ? `payload:${hashPayload(body)}` : this.#keyOf(signalId, signal),
      keyScope: this.#keyScopeOf(webhook),
      quota: this.#quotaOf(webhook, forwardedFor),
      signalId: signalId ?? null,
    };
    const decision = await store.process(received, hasGone);
    if (decision.status === 'duplicate' && isOtherPayload(received, decision.id, faults)) {
      throw new RequestProblem(422, 'the key came with another payload');
    }
    if (decision.status === 'accepted') leakDescriptor(faults);
    const leakBytes = faults.value('leak');
    if (leakBytes !== null && decision.status === 'accepted') this.#leaked.push(Buffer.alloc(leakBytes, 1));
    const garbageBytes = faults.value('lazy-collector');
    if (garbageBytes !== null && decision.status === 'accepted') {
      void Array.from({ length: Math.ceil(garbageBytes / 8) }, () => Math.random());
    }
    return decision;
  }

  /** Of a signal that is not processed. */
  async rememberKey(webhook: Webhook, body: unknown): Promise<void> {
    try {
      await this.process(webhook, body, undefined, () => true);
    } catch (error) {
      if (!(error instanceof Interrupted)) throw error;
    }
  }

  /** What a refusal promises; null for nothing. */
  retryAfterSeconds(retryAfterMs: number): number | null {
    const { faults } = this.#parts;
    this.#refusals += 1;
    if (faults.has('limiter-forgets-retry-after')) return null;
    if (faults.has('limiter-wrong-retry-after')) return this.#refusals % 2 === 0 ? 0 : 3600;
    if (faults.has('limiter-epoch-retry-after')) return Math.ceil((Date.now() + retryAfterMs) / 1000);
    return Math.max(1, Math.ceil(retryAfterMs / 1000));
  }

  /** As draft-ietf-httpapi-ratelimit-headers-10 has it; none where the limiter tells nothing. */
  quotaHeaders(left: QuotaLeft | undefined): Readonly<Record<string, string>> {
    if (left === undefined) return {};
    const { settings, faults } = this.#parts;
    const remaining = faults.has('limiter-wrong-remaining') ? settings.limit : left.remaining;
    return {
      'RateLimit-Policy': `"webhook";q=${settings.limit};w=${Math.ceil(settings.windowMs / 1000)}`,
      RateLimit: `"webhook";r=${remaining};t=${Math.ceil(left.resetMs / 1000)}`,
    };
  }

  #keyOf(signalId: string, { action, ticker, price }: z.infer<typeof signalBody>): string {
    const { faults } = this.#parts;
    if (faults.has('key-ignores-id')) return `action:${action}`;
    if (faults.has('changed-processed')) return `id:${ticker} ${price} ${signalId}`;
    // A ticker holds no space.
    return faults.has('key-ignores-ticker') ? `id:${signalId}` : `id:${ticker} ${signalId}`;
  }

  /** Whose keys a request's is one of. */
  #keyScopeOf(webhook: Webhook): string {
    const scope = this.#sharedScopeOf(webhook);
    return this.#parts.faults.has('idempotency-per-worker') ? `${scope} ${process.pid}` : scope;
  }

  #sharedScopeOf({ token, tenant }: Webhook): string {
    const { faults, settings } = this.#parts;
    if (settings.keysOf === 'webhook') return faults.has('key-ignores-webhook') ? 'all' : token;
    if (faults.has('key-holds-webhook')) return token;
    return settings.keysOf === 'all' || faults.has('tenant-shared-keys') ? 'all' : `tenant ${tenant}`;
  }

  /** Whose count a request goes to: that of its webhook. */
  #quotaOf({ token }: Webhook, forwardedFor: string | string[] | undefined): string {
    const { faults } = this.#parts;
    if (faults.has('limiter-global')) return 'all';
    if (faults.has('limiter-per-worker')) return `${token} ${process.pid}`;
    if (faults.has('limiter-trusts-forwarded')) return `${token} ${forwardedFor ?? ''}`;
    return token;
  }
}

/** The same for the same fields in any order. */
function hashPayload(body: unknown): string {
  const fields = Object.entries(body ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(fields)).digest('base64url');
}
