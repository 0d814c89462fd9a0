import type { TargetInput } from '../../contract/profile/profile.ts';
import { builtInProfiles } from '../../profiles/built-in.ts';
import type { Notes } from './draft.ts';
import { plainName } from './plain-name.ts';

type Secret = NonNullable<TargetInput['secret']>;

/** Signatures of known senders by the header that carries them. */
const signed = {
  'x-hub-signature-256': 'github',
  'stripe-signature': 'stripe',
  'x-shopify-hmac-sha256': 'shopify',
  'x-slack-signature': 'slack',
  'webhook-signature': 'standard-webhooks',
  'svix-signature': 'standard-webhooks',
  'x-twilio-signature': 'twilio',
} as const;

/** What is said to stand before the signature. Beside a time, as in t=…,v1=…, it is one part of several. */
const prefixIn = (said: string): string =>
  /(?:^|[\s,])[`"'(]?t=/i.test(said) ? '' : (/(?<![\w,.-])(?:sha256|v[01])=/i.exec(said)?.[0] ?? '');

const isBase64 = (said: string): boolean => /\bbase-?64\b/i.test(said) && !/\bhex/i.test(said);

/**
 * How a request is signed, by the name of the header that carries the signature; null if it is no signature.
 * @param said of the header, in a document.
 */
export function signatureOf(header: string, value: string | null, notes: Notes, said = ''): Secret | null {
  const name = header.toLowerCase();
  const known = Object.entries(signed).find(([each]) => each === name)?.[1];
  if (known !== undefined) {
    notes.add(
      'secret',
      `${header}: signed as the ready profile ${known} is. WEBHOOK_SECRET is the secret that the sender signs with.`,
    );
    const { secret } = builtInProfiles[known];
    if (secret.in !== 'signature') return null;
    const isSvix = name === 'svix-signature';
    const headers = isSvix ? renamed(secret.headers, /^webhook-/, 'svix-') : secret.headers;
    return { ...secret, headers, publicUrl: null };
  }
  if (!/signature|hmac|digest/i.test(name) || /^(?:content-)?digest$/.test(name)) return null;
  const before = /^(?!t=)[a-z]+\d*=(?=[^=])/i.exec(value ?? '')?.[0] ?? prefixIn(said);
  const encoding = isBase64(said) ? 'base64' : 'hex';
  notes.add(
    'secret',
    `${header}: taken for an HMAC-SHA256 of the body in ${encoding}${before === '' ? '' : ` after ${before}`}. Is that what the server checks? secret.signed, encoding and key say how.`,
  );
  const headers = { [header]: `${before}{signature}` };
  return { in: 'signature', headers, ...(encoding === 'hex' ? {} : { encoding }) };
}

/** How a header writes the time of sending; null if it does not. A variable of a shell tells no more than that. */
function timestampIn(header: string, value: string): 's' | 'ms' | 'iso' | null {
  if (!/time-?stamp$|(?:^|-)(?:time|ts)$/i.test(header)) return null;
  if (/^\d{13}$/.test(value)) return 'ms';
  if (/^\d{4}-\d\d-\d\dT/.test(value)) return 'iso';
  return /^(?:\d{10}|\$\w+|\$\{\w+\})$/.test(value) ? 's' : null;
}

/** The same signature with the time of sending, if a header beside it carries that: it is signed with the body then, nearly always. */
export function withTimestamp(
  secret: Secret | null,
  headers: readonly (readonly [string, string])[],
  notes: Notes,
): Secret | null {
  if (secret?.in !== 'signature' || /\{timestamp\}/.test(JSON.stringify(secret))) return secret;
  for (const [header, value] of headers) {
    const timestamp = timestampIn(header, value);
    if (timestamp === null) continue;
    notes.add(
      'secret',
      `${header}: taken for the time of sending, which is signed as {timestamp}.{body}. Is that what the server checks? secret.signed says how; "{body}" if the time is not signed.`,
    );
    return {
      ...secret,
      timestamp,
      signed: '{timestamp}.{body}',
      headers: { ...secret.headers, [header]: '{timestamp}' },
    };
  }
  return secret;
}

function renamed(headers: Readonly<Record<string, string>>, from: RegExp, to: string): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replace(from, to), value]));
}

/** Whether a header or a parameter carries a secret as it is. */
export const carriesSecret = (name: string): boolean =>
  !/idempotency/i.test(name) &&
  /^(?:authorization|proxy_authorization)$|(?:^|_)(?:secret|token|api_?key|access_?key|auth(?:_?key)?|password|passphrase|credential|key)$/.test(
    plainName(name),
  );
