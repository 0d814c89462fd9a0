import * as z from 'zod/mini';
import { thresholds } from '../report/thresholds.ts';
import { lazy } from './lazy.ts';
import type { limiterKinds } from './limiter-kinds.ts';
import { answers } from './schema/answers.ts';
import { idempotency } from './schema/idempotency.ts';
import { limiter } from './schema/limiter.ts';
import { text } from './schema/parts.ts';
import { provisioning } from './schema/provisioning.ts';
import { readback } from './schema/readback.ts';
import { request } from './schema/request.ts';
import { secret } from './schema/secret.ts';
import { baseUrl, database, findProcess, monitoring, presence, redisUse } from './schema/server.ts';

// The one definition of a target profile: types, checks, defaults and the published JSON Schema all come from it. The k6 bundles
// must not import it: every VU pays for what it loads, and the checks cost more than a whole run's start.

/**
 * What the target promises and how its requests and answers read. Verdicts are judged against it, and nothing else in the
 * code looks at a status number. It never holds a secret: those come from the environment or a file.
 */
export const targetProfile = lazy(() =>
  z.strictObject({
    name: text().check(z.describe('Name of the target, for the report.')),
    baseUrl: baseUrl().check(z.describe('URL of the server; BASE_URL overrides it. null: set BASE_URL.')),
    request: z.prefault(request(), {}).check(z.describe('How a signal is sent.')),
    secret: z
      ._default(secret(), { in: 'query', name: 'secret' })
      .check(z.describe('Where the secret of a webhook goes.')),
    answers: answers().check(
      z.describe('How answers are classified. The first rule that fits counts; an answer that fits none has failed.'),
    ),
    limiter: limiter().check(z.describe('What the rate limiter promises.')),
    idempotency: idempotency().check(z.describe('How repeats of a signal are recognized.')),
    readback: z._default(readback(), { kind: 'none' }).check(z.describe('How to read back what was processed.')),
    provisioning: z.prefault(provisioning(), { kind: 'create' }).check(z.describe('Where webhooks come from.')),
    monitoring: z.prefault(monitoring(), {}).check(z.describe('Paths that the monitor asks while load runs.')),
    process: z
      ._default(findProcess(), { by: 'port' })
      .check(z.describe('How to find the processes of the server; --pid, --port and --process override it.')),
    redis: presence().check(z.describe('Whether there is a Redis behind the server.')),
    redisUse: redisUse().check(
      z.describe(
        'What Redis holds. state: idempotency keys, counts of the limiter or queues, of which none may be evicted; cache: only what can be made again.',
      ),
    ),
    database: database().check(
      z.describe(
        'Whether there is a database behind the server. sqlite, mysql, mariadb, mongodb, sql-server, oracle, other: one that the monitor cannot ask; of it only the lines of the log of the server are judged.',
      ),
    ),
    criteria: z
      .prefault(thresholds(), {})
      .check(z.describe('Thresholds that differ from the defaults in docs/criteria.md.')),
  }),
);

/** A profile with every default filled in. */
export type TargetProfile = z.output<ReturnType<typeof targetProfile>>;
/** A profile as people write it. */
export type TargetInput = z.input<ReturnType<typeof targetProfile>>;
export type Limiter = TargetProfile['limiter'];
export type DeclaredLimiter = Exclude<Limiter, { kind: 'none' }>;
export type LimiterKind = (typeof limiterKinds)[number];
export type Idempotency = TargetProfile['idempotency'];
export type Signature = Extract<TargetProfile['secret'], { in: 'signature' }>;
export type AnswerRule = TargetProfile['answers'][number];

/** The read-back by URL with every default. */
export function readbackByUrl(): TargetProfile['readback'] {
  return z.parse(targetProfile().shape.readback, { kind: 'url' });
}
