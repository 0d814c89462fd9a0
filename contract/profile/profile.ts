import * as z from 'zod/mini';
import { outcomes } from '../journal/outcomes.ts';
import { thresholds } from '../report/thresholds.ts';
import { contradictions, type Sections } from './consistency.ts';
import { lazy } from './lazy.ts';
import { limiterKinds } from './limiter-kinds.ts';
import { problemsOf } from './problems.ts';

// The one definition of a target profile: types, checks, defaults and the published JSON Schema all come from it. The k6 bundles
// must not import it: every VU pays for what it loads, and the checks cost more than a whole run's start.

/**
 * What the target promises and how its requests and answers read. Verdicts are judged against it, and nothing else in the
 * code looks at a status number. It never holds a secret: those come from the environment or a file.
 */
export const targetProfile = lazy(() => {
  const text = z.string().check(z.minLength(1, 'must not be empty'));
  const whole = z.int('must be a whole number').check(z.positive('must be at least 1'));
  const path = z.string().check(z.regex(/^\//, 'must begin with "/"'));
  const status = z.int().check(z.gte(100, 'is no HTTP status'), z.lte(599, 'is no HTTP status'));
  const headers = z.record(text, z.string());

  /**
   * Texts of path, headers and body may hold {token}, {secret}, {id} (unique text), {n} (unique number), {action}, {ticker},
   * {quantity}, {price}; they are escaped in the path only. A JSON value that is exactly "{n}", "{quantity}" or "{price}"
   * becomes a number. A body that is an object is sent as JSON, or as a form where the content type says so; a GET sends none.
   */
  const bodyTemplate = z.union([z.string(), z.record(z.string(), z.unknown())]);

  const request = z.strictObject({
    method: z._default(z.enum(['POST', 'PUT', 'PATCH', 'GET']), 'POST'),
    path: z._default(path, '/api/v1/webhooks/{token}'),
    headers: z._default(headers, {}),
    contentType: z._default(text, 'application/json'),
    body: z._default(bodyTemplate, {
      action: '{action}',
      ticker: '{ticker}',
      quantity: '{quantity}',
      price: '{price}',
      signal_id: '{id}',
    }),
  });

  /** Where a webhook's secret goes. `hmac-sha256`: of the raw body, keyed with the secret. */
  const secretPlacement = z.discriminatedUnion('in', [
    z.strictObject({ in: z.literal('none') }),
    z.strictObject({ in: z.literal('query'), name: text }),
    z.strictObject({ in: z.literal('header'), name: text, prefix: z._default(z.string(), '') }),
    z.strictObject({ in: z.literal('path') }),
    z.strictObject({ in: z.literal('body'), field: text }),
    z.strictObject({
      in: z.literal('hmac-sha256'),
      header: text,
      prefix: z._default(z.string(), ''),
      encoding: z._default(z.enum(['hex', 'base64']), 'hex'),
    }),
  ]);

  /**
   * `field` lies at the top of a JSON body, or deeper under names joined by dots; so do all fields of answers in a profile.
   * `same-as-first`: byte for byte what the signal's first acceptance was answered with (a replay).
   */
  const bodyRule = z.union([
    z.strictObject({ field: text, equals: z.union([z.string(), z.number(), z.boolean()]) }),
    z.strictObject({ contains: text }),
    z.strictObject({ is: z.enum(['empty', 'html', 'same-as-first']) }),
  ]);

  /** The first rule that fits an answer names its outcome; an answer that fits none has `failed`. */
  const answerRule = z.strictObject({
    outcome: z.enum(outcomes.filter((outcome) => outcome !== 'timeout')),
    statuses: z.array(status).check(z.minLength(1, 'must name a status')),
    body: z.exactOptional(bodyRule),
  });

  /**
   * `none` is a declared absence, `unknown` an undeclared kind. `burst` is the size of a bucket; for `delaying` it is how many
   * requests may wait in line. Bucket kinds refill `limit` per `windowMs`.
   */
  const limiter = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({
      kind: z.enum(limiterKinds),
      limit: whole,
      windowMs: whole,
      burst: z._default(z.nullable(whole), null),
      /** Whose requests share one count. */
      scope: z._default(z.enum(['webhook', 'client', 'global']), 'webhook'),
      /** Whether a refusal promises a Retry-After. */
      retryAfter: z._default(z.boolean(), true),
    }),
  ]);

  const idempotency = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({
      kind: z.literal('ttl'),
      ttlMs: whole,
      /** Fields of the body that together make a signal what it is. */
      fields: z._default(z.array(text).check(z.minLength(1, 'must name a field')), ['signal_id']),
      /** Whether a repeat is recognized before the limiter counts it, so that it uses no quota. */
      order: z._default(z.enum(['before-limiter', 'after-limiter']), 'before-limiter'),
      /** Whether a repeat prolongs the time in which further ones are recognized. */
      repeatRefreshes: z._default(z.boolean(), false),
    }),
  ]);

  /**
   * How the target tells what it processed. `url`: pages of JSON with a list at `items`; the next page is asked for with the
   * value at `next` in place of {after}, which begins at 0. `command`: prints one JSON object a line with `id`.
   */
  const readback = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('none') }),
    z.strictObject({
      kind: z.literal('url'),
      path: z._default(path, '/api/v1/webhooks/{token}/signals?secret={secret}&after={after}&limit=1000'),
      headers: z._default(headers, {}),
      /** Null: the answer itself is the list. */
      items: z._default(z.nullable(text), 'signals'),
      id: z._default(text, 'signal_id'),
      processedAtUs: z._default(z.nullable(text), 'processed_at_us'),
      next: z._default(z.nullable(text), 'next'),
      /** Field that counts all that was ever processed; null where there is no such counter. */
      total: z._default(z.nullable(text), 'total'),
    }),
    z.strictObject({ kind: z.literal('command'), command: z.array(text).check(z.minLength(1, 'must name a program')) }),
  ]);

  /** `create`: log in, then one request a webhook. `given`: WEBHOOK_TOKEN and WEBHOOK_SECRET name the webhooks. */
  const provisioning = z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('given') }),
    z.strictObject({
      kind: z.literal('create'),
      login: z.prefault(
        z.strictObject({
          path: z._default(path, '/api/v1/auth/login'),
          encoding: z._default(z.enum(['json', 'form']), 'json'),
          emailField: z._default(text, 'email'),
          passwordField: z._default(text, 'password'),
          tokenFields: z._default(z.array(text), ['access_token', 'token']),
        }),
        {},
      ),
      create: z.prefault(
        z.strictObject({
          path: z._default(path, '/api/v1/webhooks/'),
          /** {name} is the name that the webhook gets. */
          body: z._default(bodyTemplate, { name: '{name}', details: 'created by webhook-stress' }),
          tokenFields: z._default(z.array(text), ['token', 'webhook_token']),
          secretFields: z._default(z.array(text), ['secret', 'secret_key']),
        }),
        {},
      ),
    }),
  ]);

  const optionalPath = z.nullable(path);
  /** Null: the target has no such route. */
  const monitoring = z.strictObject({
    health: z._default(optionalPath, '/api/v1/monitoring/health'),
    redis: z._default(optionalPath, '/api/v1/monitoring/redis/stats'),
    database: z._default(optionalPath, '/api/v1/monitoring/database/stats'),
  });

  /** How the monitor finds the server's processes: by the port of the base URL, by name, or not at all. */
  const findProcess = z.discriminatedUnion('by', [
    z.strictObject({ by: z.literal('port') }),
    z.strictObject({ by: z.literal('name'), name: text }),
    z.strictObject({ by: z.literal('none') }),
  ]);

  const presence = z.enum(['present', 'none', 'unknown']);

  return z.strictObject({
    name: text,
    /** BASE_URL comes first. */
    baseUrl: z._default(
      z.nullable(
        z
          .string()
          .check(
            z.regex(
              /^https?:\/\/[^/\s@?#]+(\/[^\s?#]*)?$/i,
              'must begin with http:// or https://, name a host, and hold no user and no query',
            ),
          ),
      ),
      null,
    ),
    request: z.prefault(request, {}),
    secret: z._default(secretPlacement, { in: 'query', name: 'secret' }),
    answers: z.array(answerRule).check(z.minLength(1, 'must hold a rule')),
    limiter,
    idempotency,
    readback: z._default(readback, { kind: 'none' }),
    provisioning: z.prefault(provisioning, { kind: 'create' }),
    monitoring: z.prefault(monitoring, {}),
    process: z._default(findProcess, { by: 'port' }),
    redis: z._default(presence, 'unknown'),
    database: z._default(presence, 'unknown'),
    /** Thresholds that differ from contract/report/criteria.ts. */
    criteria: z.prefault(thresholds(), {}),
  });
});

/** A profile with every default filled in. */
export type TargetProfile = z.output<ReturnType<typeof targetProfile>>;
/** A profile as people write it. */
export type TargetInput = z.input<ReturnType<typeof targetProfile>>;
export type Limiter = TargetProfile['limiter'];
export type LimiterKind = (typeof limiterKinds)[number];
export type DeclaredLimiter = Exclude<Limiter, { kind: 'none' }>;
export type Idempotency = TargetProfile['idempotency'];
export type AnswerRule = TargetProfile['answers'][number];

/** The read-back by URL with every default. */
export function readbackByUrl(): TargetProfile['readback'] {
  return z.parse(targetProfile().shape.readback, { kind: 'url' });
}

/** Gives a profile its type, for stress.config.ts. */
export function defineTarget(target: TargetInput): TargetInput {
  return target;
}

/** Each section by itself, so that what contradicts between two right ones is told although a third is wrong. */
function sectionsOf(value: unknown): Sections {
  const { shape } = targetProfile();
  const fields: Readonly<Record<string, unknown>> =
    typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  function section<T>(name: keyof TargetProfile, schema: z.ZodMiniType<T>): T | null {
    const parsed = z.safeParse(schema, fields[name]);
    return parsed.success ? parsed.data : null;
  }
  return {
    name: section('name', shape.name),
    baseUrl: section('baseUrl', shape.baseUrl),
    request: section('request', shape.request),
    secret: section('secret', shape.secret),
    answers: section('answers', shape.answers),
    limiter: section('limiter', shape.limiter),
    idempotency: section('idempotency', shape.idempotency),
    readback: section('readback', shape.readback),
    provisioning: section('provisioning', shape.provisioning),
    monitoring: section('monitoring', shape.monitoring),
    process: section('process', shape.process),
    redis: section('redis', shape.redis),
    database: section('database', shape.database),
    criteria: section('criteria', shape.criteria),
  };
}

/**
 * Checks a profile and fills in its defaults.
 * @returns the profile, or null and every problem found as `path: what is wrong`.
 */
export function readProfile(value: unknown): {
  readonly profile: TargetProfile | null;
  readonly problems: readonly string[];
} {
  const parsed = z.safeParse(targetProfile(), value);
  const problems = [
    ...(parsed.success ? [] : problemsOf(parsed.error.issues, value)),
    ...contradictions(sectionsOf(value)),
  ];
  return { profile: parsed.success && problems.length === 0 ? parsed.data : null, problems };
}
