import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { placeholder } from '../contract/profile/placeholders.ts';
import type { Signature } from '../contract/profile/profile.ts';
import { withoutPrefix } from '../contract/profile/signing-key.ts';
import { sameSecret } from './access-token.ts';

/** A request as its signature sees it. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly rawBody: string;
}

/** The secret of a webhook, of the form that the declaration asks for: the same after a restart, and nobody has to store it. */
export function signingSecret({ key }: Signature, password: string, token: string): string {
  const sum = createHmac('sha256', password).update(token).digest();
  return key.prefix + sum.toString(key.encoding === 'text' ? 'base64url' : key.encoding);
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

/** What the words of a template stand for in a text; null if the text is none that the template makes. */
function wordsIn(template: string, text: string): ReadonlyMap<string, string> | null {
  const names: string[] = [];
  let pattern = '';
  let from = 0;
  for (const match of template.matchAll(placeholder)) {
    pattern += `${literal(template.slice(from, match.index))}(.*?)`;
    names.push(match[1] ?? '');
    from = match.index + match[0].length;
  }
  const found = new RegExp(`^${pattern}${literal(template.slice(from))}$`).exec(text);
  return found === null ? null : new Map(names.map((name, n) => [name, found[n + 1] ?? '']));
}

/** Names and values of a form, sorted by name. */
const formParams = (body: string): string =>
  [...new URLSearchParams(body)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flat()
    .join('');

function timeMs(format: Signature['timestamp'], text: string): number {
  if (format === 'iso') return Date.parse(text);
  return Number(text) * (format === 's' ? 1000 : 1);
}

const forms = { hex: /^[\da-f]+$/i, base64: /^[\w+/]+=*$/ } as const;

/**
 * Checks a signature as the profile declares it.
 * @returns what is wrong with it, or `right`.
 */
export function checkSignature(
  declared: Signature,
  request: SignedRequest,
  secret: string,
  nowMs: number,
): 'right' | 'missing' | 'malformed' | 'wrong' | 'stale' {
  const words = new Map<string, string>();
  for (const [name, template] of Object.entries(declared.headers)) {
    const value = request.headers[name.toLowerCase()];
    const found = typeof value === 'string' ? wordsIn(template, value) : null;
    if (found === null) return value === undefined ? 'missing' : 'wrong';
    for (const [word, text] of found) words.set(word, text);
  }
  const signature = words.get('signature') ?? '';
  words.set('method', request.method).set('path', request.url).set('body', request.rawBody);
  words.set('url', (declared.publicUrl ?? `http://${request.headers.host ?? ''}`).replace(/\/+$/, '') + request.url);
  words.set('params', formParams(request.rawBody));
  const signed = declared.signed.replace(placeholder, (_, word: string) => words.get(word) ?? '');
  const { encoding, prefix } = declared.key;
  const key = Buffer.from(withoutPrefix(secret, prefix), encoding === 'text' ? 'utf8' : encoding);
  const right = createHmac(declared.algorithm, key).update(signed).digest(declared.encoding);
  if (signature.length !== right.length || !forms[declared.encoding].test(signature)) return 'malformed';
  if (!sameSecret(right, signature)) return 'wrong';
  if (declared.toleranceSeconds === null) return 'right';
  const ageMs = Math.abs(nowMs - timeMs(declared.timestamp, words.get('timestamp') ?? ''));
  return ageMs <= 1000 * declared.toleranceSeconds ? 'right' : 'stale';
}
