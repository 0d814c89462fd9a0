import { criteriaProblems, type IsWritten } from './criteria-problems.ts';
import { headerValue, keyFields, keyInWords, keyWords } from './idempotency-key.ts';
import { isForm } from './is-form.ts';
import { limiterProblems } from './limiter-problems.ts';
import { literalSecrets } from './literal-secrets.ts';
import {
  holdsId,
  placeholdersIn,
  readbackPlaceholders,
  signalPlaceholders,
  unknownHeaderWords,
  unknownWords,
} from './placeholders.ts';
import type { TargetProfile } from './profile.ts';
import { type ByQuery, queryProblems, runTagProblems } from './read-only-query.ts';
import { signatureProblems } from './signature-problems.ts';
import { toldBy } from './unknown-field.ts';

/** The sections of a profile; null for one of which nothing is known. Reading a field that is wrong throws UnknownField. */
export type Sections = { readonly [K in keyof TargetProfile]: TargetProfile[K] | null };

/** The words in braces in a signal's request. */
function requestWords({ path, headers, body, method }: TargetProfile['request']): readonly string[] {
  return [...placeholdersIn(path), ...placeholdersIn(headers), ...(method === 'GET' ? [] : placeholdersIn(body))];
}

/** Whether a webhook needs a token. */
export const usesToken = ({ request }: Pick<TargetProfile, 'request'>): boolean =>
  requestWords(request).includes('token');

/** Whether a webhook needs a secret. */
export const usesSecret = ({ request, secret }: Pick<TargetProfile, 'request' | 'secret'>): boolean =>
  secret.in !== 'none' || requestWords(request).includes('secret');

function ofRequest({ request }: Sections): string[] {
  if (request === null) return [];
  return toldBy(
    () => unknownWords('request.path', request.path, signalPlaceholders),
    () => unknownHeaderWords('request.headers', request.headers, signalPlaceholders),
    () => ofUniqueness(request),
    () => ofBodyWords(request.body),
    () => ofForm(request),
  );
}

function ofUniqueness(request: TargetProfile['request']): string[] {
  return holdsId(requestWords(request))
    ? []
    : ['request.body: nothing makes a signal unique; write {id}, {n} or {uuid} in the body, the path or a header'];
}

const ofBodyWords = (body: TargetProfile['request']['body']): string[] =>
  typeof body === 'string'
    ? []
    : Object.entries(body).flatMap(([name, value]) =>
        typeof value === 'string' ? unknownWords(`request.body.${name}`, value, signalPlaceholders) : [],
      );

function ofForm({ body, contentType, method }: TargetProfile['request']): string[] {
  if (typeof body === 'string' || method === 'GET') return [];
  const problems: string[] = [];
  const form = isForm(contentType);
  if (!form && !/^application\/([\w.-]+\+)?json\b/i.test(contentType)) {
    problems.push(
      'request.contentType: must be JSON or application/x-www-form-urlencoded if body is an object; for another type, write body as a text',
    );
  }
  for (const [name, value] of Object.entries(body)) {
    if (form && typeof value === 'object')
      problems.push(`request.body.${name}: a field of a form must be a text or a number, not an object`);
  }
  return problems;
}

function ofSecret({ request, secret, provisioning }: Sections): string[] {
  if (request === null || secret === null) return [];
  return toldBy(
    () => ofPathSecret(secret, request),
    () => (secret.in === 'body' ? ofBodySecret(secret.field, request) : []),
    () => (secret.in === 'signature' ? signatureProblems(secret, request) : []),
    () => ofCreated({ request, secret }, provisioning),
  );
}

function ofPathSecret(secret: TargetProfile['secret'], { path }: TargetProfile['request']): string[] {
  const inPath = placeholdersIn(path).includes('secret');
  if (secret.in === 'path' && !inPath) return ['request.path: must hold {secret}, because secret.in is "path"'];
  return secret.in !== 'path' && secret.in !== 'none' && inPath
    ? [`secret.in: is "${secret.in}", but request.path holds {secret}; it must be "path"`]
    : [];
}

function ofCreated(sent: Pick<TargetProfile, 'request' | 'secret'>, provisioning: Sections['provisioning']): string[] {
  if (provisioning?.kind !== 'create') return [];
  const { tokenFields, secretFields } = provisioning.create;
  const problems: string[] = [];
  if (usesSecret(sent) && secretFields.length === 0) {
    problems.push('provisioning.create.secretFields: must name a field, because requests carry the secret');
  }
  if (usesToken(sent) && tokenFields.length === 0) {
    problems.push('provisioning.create.tokenFields: must name a field, because requests hold {token}');
  }
  return problems;
}

function ofBodySecret(field: string | null, { body, method }: TargetProfile['request']): string[] {
  if (method === 'GET') return ['secret.in: must not be "body" if method is GET, which sends no body'];
  if (field !== null) {
    return typeof body === 'string'
      ? ['secret.field: must be null if request.body is a text: write {secret} into the text']
      : [];
  }
  return placeholdersIn(body).includes('secret')
    ? []
    : ['secret.field: is missing; name a field, or write {secret} into request.body'];
}

const isForAny = ({ body, header }: TargetProfile['answers'][number]): boolean =>
  body === undefined && header === undefined;

function ofAnswers({ answers, limiter }: Sections): string[] {
  if (answers === null) return [];
  const problems: string[] = [];
  if (!answers.some(({ outcome }) => outcome === 'accepted')) problems.push('answers: must hold a rule for "accepted"');
  if (
    limiter !== null &&
    limiter.kind !== 'none' &&
    limiter.kind !== 'delaying' &&
    !answers.some(({ outcome }) => outcome === 'limited')
  ) {
    problems.push(`answers: must hold a rule for "limited", because limiter.kind is "${limiter.kind}"`);
  }
  answers.forEach(({ outcome, statuses, body }, n) => {
    const taken = statuses.filter((status) =>
      answers.slice(0, n).some((earlier) => isForAny(earlier) && earlier.statuses.includes(status)),
    );
    if (taken.length === statuses.length) {
      problems.push(
        `answers.${n}: is never reached: earlier rules match ${taken.join(', ')} with any body and headers`,
      );
    }
    if (body === undefined || !('is' in body) || body.is !== 'same-as-first') return;
    if (outcome !== 'duplicate') problems.push(`answers.${n}.outcome: must be "duplicate" if body is "same-as-first"`);
    const accepted = answers.flatMap((rule) => (rule.outcome === 'accepted' ? rule.statuses : []));
    for (const status of statuses) {
      if (!accepted.includes(status)) {
        problems.push(
          `answers.${n}.statuses: another rule must call ${status} "accepted", because a replay looks like the first answer`,
        );
      }
    }
  });
  return problems;
}

/** A tolerance that leaves no repeat surely recognized says nothing. */
function ofTolerance(idempotency: Sections['idempotency']): string[] {
  if (idempotency === null || idempotency.kind === 'none' || idempotency.toleranceMs === undefined) return [];
  const { ttlMs, toleranceMs } = idempotency;
  if (ttlMs === null) return ['idempotency.toleranceMs: must be left out if ttlMs is null: nothing expires'];
  if (toleranceMs < ttlMs) return [];
  const middle = Math.ceil((2 * ttlMs + toleranceMs) / 2);
  return [
    `idempotency.toleranceMs: is ${toleranceMs}; it must be less than ttlMs, ${ttlMs}. For keys that live between ${ttlMs} and ${ttlMs + toleranceMs} ms, declare ttlMs ${middle} and toleranceMs ${middle - ttlMs}`,
  ];
}

function ofIdempotency(sections: Sections): string[] {
  return toldBy(
    () => ofTolerance(sections.idempotency),
    () => ofKey(sections),
  );
}

function ofKey({ idempotency, request, secret }: Sections): string[] {
  if (idempotency === null || idempotency.kind === 'none' || request === null) return [];
  const fields = keyFields(idempotency);
  const headers = idempotency.headers ?? [];
  if (fields.length + headers.length === 0) {
    return ['idempotency.fields: is empty; name what identifies a signal, here or in idempotency.headers'];
  }
  const problems = toldBy(
    () => ofKeyFields(fields, request),
    () => (secret === null ? [] : ofKeyHeaders(headers, { request, secret })),
  );
  if (problems.length > 0 || secret === null || keyWords({ idempotency, request, secret }).size > 0) return problems;
  return [
    `idempotency.fields: no part of the key (${keyInWords({ idempotency })}) holds a placeholder, so all signals would count as one`,
  ];
}

function ofKeyFields(fields: readonly string[], { body, method }: TargetProfile['request']): string[] {
  if (typeof body === 'string' || method === 'GET') return [];
  return fields.flatMap((field, n) =>
    field in body ? [] : [`idempotency.fields.${n}: request.body has no field "${field}"`],
  );
}

function ofKeyHeaders(headers: readonly string[], sent: Pick<TargetProfile, 'request' | 'secret'>): string[] {
  return headers.flatMap((name, n) => {
    const value = headerValue(sent, name);
    if (value === null) return [`idempotency.headers.${n}: no header "${name}" is sent; add it to request.headers`];
    const fresh = placeholdersIn(value).find((word) => ['request_id', 'timestamp', 'signature'].includes(word));
    return fresh === undefined
      ? []
      : [
          `idempotency.headers.${n}: "${name}" holds {${fresh}}, which each request has anew, so no repeat could be recognized; write {id} or {uuid}`,
        ];
  });
}

function ofReadback({ readback, request, secret, provisioning }: Sections): string[] {
  if (readback === null || readback.kind === 'none') return [];
  return toldBy(
    () => ofPatience(readback),
    () => (readback.kind === 'query' ? queryProblems(readback) : []),
    () => (readback.kind === 'query' && request !== null ? ofRunTag(readback, { request, secret }) : []),
    () => (readback.kind === 'url' ? ofReadbackByUrl(readback, request, provisioning) : []),
  );
}

function ofRunTag(
  readback: ByQuery,
  { request, secret }: Pick<Sections, 'secret'> & Pick<TargetProfile, 'request'>,
): string[] {
  const signed = secret?.in === 'signature' ? placeholdersIn([secret.signed, secret.headers]) : [];
  return runTagProblems(readback, [...requestWords(request), ...signed]);
}

function ofPatience({ settleMs, limitMs }: Exclude<TargetProfile['readback'], { kind: 'none' }>): string[] {
  return settleMs === null || settleMs < limitMs
    ? []
    : [`readback.limitMs: is ${limitMs}; it must be more than settleMs, ${settleMs}`];
}

function ofReadbackByUrl(
  readback: Extract<NonNullable<Sections['readback']>, { kind: 'url' }>,
  request: Sections['request'],
  provisioning: Sections['provisioning'],
): string[] {
  const words = (): readonly string[] => [...placeholdersIn(readback.path), ...placeholdersIn(readback.headers)];
  return toldBy(
    () => unknownWords('readback.path', readback.path, readbackPlaceholders),
    () => unknownHeaderWords('readback.headers', readback.headers, readbackPlaceholders),
    () =>
      request !== null && usesToken({ request }) && words().includes('accessToken') && !words().includes('token')
        ? ['readback.path: must hold {token}, because with {accessToken} each tenant has a list of its own']
        : [],
    () =>
      words().includes('accessToken') && provisioning !== null && provisioning.kind !== 'create'
        ? [
            'readback: {accessToken} is the token of the log-in, which provisioning of kind "given" does not make: set provisioning.kind to "create"; WEBHOOK_TOKEN may still name existing webhooks',
          ]
        : [],
    () =>
      readback.next !== null && !words().includes('after')
        ? ['readback.path: must hold {after}; if there is only one page, set readback.next to null']
        : [],
  );
}

function ofProvisioning({ provisioning }: Sections): string[] {
  if (provisioning?.kind !== 'create') return [];
  return provisioning.login.tokenFields.length === 0
    ? ['provisioning.login.tokenFields: must name a field: creating a webhook needs the token of the log-in']
    : [];
}

function ofRedisUse({ redis, redisUse }: Sections): string[] {
  return redis === 'none' && redisUse !== null && redisUse !== 'unknown'
    ? [`redisUse: is ${redisUse}, and redis says that there is none; leave one out`]
    : [];
}

/** Contradictions between sections of a profile that are right by themselves, as `path: what is wrong`. */
export function contradictions(sections: Sections, isWritten: IsWritten): string[] {
  const checks = [
    ofRequest,
    ofSecret,
    ofAnswers,
    limiterProblems,
    ofIdempotency,
    ofReadback,
    ofProvisioning,
    (all: Sections) => criteriaProblems(all, isWritten),
    ofRedisUse,
  ];
  return toldBy(...[...checks, literalSecrets].map((check) => () => check(sections)));
}
