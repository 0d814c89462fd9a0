import { fieldsOf, textIn } from '../../analysis/journal/fields.ts';
import type { TargetInput } from '../../contract/profile/profile.ts';
import type { Notes } from './draft.ts';
import { bodySchema } from './guess-answers.ts';
import type { ApiDocument, Operation } from './openapi-operations.ts';
import { plainName } from './plain-name.ts';
import type { References } from './schema.ts';

type Limiter = NonNullable<TargetInput['limiter']>;

const periods = { second: 1_000, minute: 60_000, hour: 3_600_000 } as const;

/** What an operation says of a rate limit. */
export function limiterOf(responses: unknown, references: References, notes: Notes): Limiter {
  const all = fieldsOf(responses) ?? {};
  const refusal = references.resolve(all['429']);
  if (refusal === null) {
    notes.add(
      'limiter',
      "The document declares no 429. If there is a limit, declare it, or what is sent beyond it is refused: { kind: 'sliding', limit: 10, windowMs: 1000 }.",
    );
    return { kind: 'none' };
  }
  const headers = Object.keys(fieldsOf(refusal.headers) ?? {}).map((name) => name.toLowerCase());
  const [, count, , period] =
    /(\d{1,6}) *(requests?|signals?|calls?)?[^.\d]{0,20}?(?:per|\/|every|each|in a) *(second|minute|hour)/i.exec(
      textIn(refusal, 'description') ?? '',
    ) ?? [];
  const windowMs = Object.entries(periods).find(([name]) => name === period?.toLowerCase())?.[1];
  const isSaid = count !== undefined && windowMs !== undefined && Number(count) > 0;
  notes.add(
    'limiter',
    isSaid
      ? `The document says ${count} per ${period}. Declare its kind if you know it (sliding, fixed, token-bucket, …).`
      : 'The document declares 429, but no limit: 10 per second is a guess. Write what is right, and its kind (sliding, fixed, token-bucket, …).',
  );
  return {
    kind: 'unknown',
    limit: isSaid ? Number(count) : 10,
    windowMs: isSaid ? windowMs : 1000,
    ...(headers.includes('retry-after') ? {} : { retryAfter: false }),
  };
}

function getPaths({ root, references }: ApiDocument, pattern: RegExp): readonly string[] {
  return Object.entries(fieldsOf(root.paths) ?? {})
    .filter(([path, item]) => pattern.test(path) && !path.includes('{') && references.resolve(item)?.get !== undefined)
    .map(([path]) => path)
    .sort((a, b) => a.length - b.length);
}

/** Paths that the monitor may ask. */
export function monitoringOf(api: ApiDocument, prefix: string, notes: Notes): TargetInput['monitoring'] {
  const [health] = getPaths(api, /\/(?:health|healthz|health[-_]?check|livez?|readyz?|ready|ping|status)\/?$/i);
  const [metrics] = getPaths(api, /\/metrics\/?$/i);
  notes.add(
    'monitoring',
    health === undefined
      ? 'The document has no health check: name its path, or nobody notices a server that freezes.'
      : `The health check is ${health}. redis and database: paths of the server's own statistics.`,
  );
  if (metrics === undefined)
    notes.add('monitoring', 'metrics: the path of a Prometheus page, which tells a leak from a lazy collector.');
  return {
    health: health === undefined ? null : prefix + health,
    ...{ redis: null, database: null },
    metrics: metrics === undefined ? null : prefix + metrics,
  };
}

interface Access {
  readonly provisioning: NonNullable<TargetInput['provisioning']>;
  /** Whether created webhooks have a secret. */
  readonly createsSecret: boolean;
}

/** Where webhooks come from: given ones, unless the document has a log-in and an operation that creates them. */
export function accessOf(api: ApiDocument, { path }: Operation, prefix: string, notes: Notes): Access {
  const creation = api.operations.find(
    (other) => other.path !== path && !other.path.includes('{') && createsWebhook(api, other, path),
  );
  const login = api.operations.find(
    (other) => !other.path.includes('{') && /(?:log_?in|token|sign_?in)$/.test(plainName(other.path)),
  );
  if (creation === undefined || login === undefined) {
    notes.add(
      'provisioning',
      'Webhooks exist already: WEBHOOK_TOKEN and WEBHOOK_SECRET name them, several separated by commas.',
    );
    return { provisioning: { kind: 'given' }, createsSecret: false };
  }
  const told = answerFields(api, creation);
  const [tokens, secrets] = [
    told.filter((name) => /token|uuid|slug|^id$/i.test(name)),
    told.filter((name) => /secret/i.test(name)),
  ];
  const content = fieldsOf(api.references.resolve(login.declared.requestBody)?.content) ?? {};
  const isForm = !Object.keys(content).some((type) => /json/i.test(type));
  const fields = Object.keys(
    fieldsOf(bodySchema(api.references.resolve(login.declared.requestBody) ?? {}, api.references).properties) ?? {},
  );
  const user = fields.find((name) => /user|mail|login/i.test(name)) ?? (isForm ? 'username' : 'email');
  const body = bodySchema(api.references.resolve(creation.declared.requestBody) ?? {}, api.references);
  const named = Object.keys(fieldsOf(body.properties) ?? {});
  notes.add(
    'provisioning',
    `LOGIN_EMAIL and LOGIN_PASSWORD log in at ${login.path}; each webhook is made by ${creation.method} ${creation.path}. To use given ones, set WEBHOOK_TOKEN and WEBHOOK_SECRET.`,
  );
  return {
    createsSecret: secrets.length > 0,
    provisioning: {
      kind: 'create',
      login: {
        path: prefix + login.path,
        ...(isForm ? { encoding: 'form' as const } : {}),
        ...(user === 'email' ? {} : { emailField: user }),
      },
      create: {
        path: prefix + creation.path,
        body: Object.fromEntries(
          named.filter((name) => /name|title|label/i.test(name)).map((name) => [name, '{name}']),
        ),
        tokenFields: tokens,
        secretFields: secrets,
      },
    },
  };
}

/** It lies above the path that receives signals, and tells a token. */
function createsWebhook(api: ApiDocument, operation: Operation, signalPath: string): boolean {
  const above = operation.path.replace(/\/+$/, '');
  const told = answerFields(api, operation);
  return signalPath.startsWith(`${above}/{`) && told.some((name) => /token|uuid|slug|^id$/i.test(name));
}

function answerFields(api: ApiDocument, { declared }: Operation): readonly string[] {
  return Object.entries(fieldsOf(declared.responses) ?? {})
    .filter(([status]) => status.startsWith('2'))
    .flatMap(([, answer]) =>
      Object.keys(fieldsOf(bodySchema(api.references.resolve(answer) ?? {}, api.references).properties) ?? {}),
    );
}
