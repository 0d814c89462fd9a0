import { holdsId, placeholdersIn } from './placeholders.ts';
import type { Idempotency, TargetProfile } from './profile.ts';

// What a profile declares of the key by which repeats are recognized. contract/plan/signal-key.ts says which signals share one.

type DeclaredIdempotency = Extract<Idempotency, { kind: 'ttl' }>;
type Parts = Pick<TargetProfile, 'idempotency' | 'request' | 'secret'>;

/** Fields of the body that are part of the key. */
export function keyFields({ fields, headers = [] }: DeclaredIdempotency): readonly string[] {
  return fields ?? (headers.length > 0 ? [] : ['signal_id']);
}

/** What a header of a signal holds, in the profile's words; null if it is not sent. */
export function headerValue({ request, secret }: Pick<Parts, 'request' | 'secret'>, name: string): string | null {
  const all = { ...request.headers, ...(secret.in === 'signature' ? secret.headers : {}) };
  const found = Object.entries(all).find(([sent]) => sent.toLowerCase() === name.toLowerCase());
  return found?.[1] ?? null;
}

/** The key in words, for texts: `signal_id and ticker`. */
export function keyInWords({ idempotency }: Pick<Parts, 'idempotency'>): string {
  if (idempotency.kind === 'none') return '';
  return [...keyFields(idempotency), ...(idempotency.headers ?? [])].join(' and ');
}

const wordsOfText: readonly string[] = ['action', 'ticker', 'quantity', 'price'];

/**
 * The placeholders on whose values the key depends. The fields of a body that is a text, or is not sent, have the names of what
 * they hold; one of another name is taken for the id.
 */
export function keyWords({ idempotency, request, secret }: Parts): ReadonlySet<string> {
  if (idempotency.kind === 'none') return new Set(['id']);
  const { body, method } = request;
  const ofFields = keyFields(idempotency).flatMap((field) =>
    typeof body === 'string' || method === 'GET'
      ? [wordsOfText.includes(field) ? field : 'id']
      : placeholdersIn(body[field]),
  );
  const ofHeaders = (idempotency.headers ?? []).flatMap((name) =>
    placeholdersIn(headerValue({ request, secret }, name)),
  );
  return new Set([...ofFields, ...ofHeaders]);
}

/** Words that many signals have in common, on which a key depends that holds no id; null for a key that each signal has alone. */
export function coarseKeyWords(parts: Parts): ReadonlySet<string> | null {
  const words = keyWords(parts);
  return words.size === 0 || holdsId(words) ? null : words;
}

/** Whether signals of one key on two webhooks of one tenant are one. What a client is to a target, its log-in stands for. */
export function isKeyShared(parts: Parts): boolean {
  const { idempotency } = parts;
  return idempotency.kind === 'ttl' && (idempotency.scope ?? 'webhook') !== 'webhook' && holdsNoWebhook(parts);
}

/** Whether signals of one key of two tenants are one. */
export function isKeySharedByTenants(parts: Parts): boolean {
  const { idempotency } = parts;
  return idempotency.kind === 'ttl' && idempotency.scope === 'all' && holdsNoWebhook(parts);
}

function holdsNoWebhook(parts: Parts): boolean {
  const words = keyWords(parts);
  return !words.has('token') && !words.has('secret');
}
