import { isForm } from '../contract/profile/consistency.ts';
import { placeholder, signalPlaceholders } from '../contract/profile/placeholders.ts';
import type { TargetProfile } from '../contract/profile/profile.ts';

// A profile's templates, compiled once a process. Both senders execute the same program, k6/sender in Go and lib/http-sender.ts
// in JavaScript, so they put the same bytes on the wire.

export type SignalWord = (typeof signalPlaceholders)[number];

/** `json` is the inside of a JSON string, `json-value` a whole JSON value: a number stays a number. */
export type Escape = 'text' | 'url' | 'json' | 'json-value';

/** A literal text, or a word of the signal and how it is escaped. */
export type Segment = string | { readonly word: SignalWord; readonly as: Escape };

export interface HeaderTemplate {
  readonly name: string;
  readonly value: readonly Segment[];
}

export interface RequestProgram {
  readonly method: TargetProfile['request']['method'];
  readonly path: readonly Segment[];
  readonly headers: readonly HeaderTemplate[];
  /** Null: no body is sent. */
  readonly body: readonly Segment[] | null;
  /** The header that carries an HMAC-SHA256 of the body. */
  readonly signature: { readonly header: string; readonly prefix: string; readonly encoding: 'hex' | 'base64' } | null;
}

const isWord = (text: string): text is SignalWord => signalPlaceholders.some((word) => word === text);

const escapeLiteral: Readonly<Record<Escape, (text: string) => string>> = {
  text: (text) => text,
  url: encodeURIComponent,
  json: (text) => JSON.stringify(text).slice(1, -1),
  'json-value': JSON.stringify,
};

/** A template in segments. Words that no signal has stay as they are. */
function segmentsOf(template: string, as: Escape, literalAs: Escape = 'text'): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (const match of template.matchAll(placeholder)) {
    const [whole, word = ''] = match;
    if (!isWord(word)) continue;
    segments.push(escapeLiteral[literalAs](template.slice(from, match.index)), { word, as });
    from = match.index + whole.length;
  }
  return [...segments, escapeLiteral[literalAs](template.slice(from))];
}

/** The one word that a text consists of, or null. */
function onlyWord(template: string): SignalWord | null {
  const word = template.startsWith('{') && template.endsWith('}') ? template.slice(1, -1) : '';
  return isWord(word) ? word : null;
}

function jsonSegments(template: unknown): Segment[] {
  if (typeof template === 'string') {
    const word = onlyWord(template);
    return word === null ? ['"', ...segmentsOf(template, 'json', 'json'), '"'] : [{ word, as: 'json-value' }];
  }
  if (Array.isArray(template)) {
    return ['[', ...template.flatMap((value, at) => [at === 0 ? '' : ',', ...jsonSegments(value)]), ']'];
  }
  if (typeof template !== 'object' || template === null) return [JSON.stringify(template) ?? 'null'];
  const fields = Object.entries(template).map(([name, value]) => [`${JSON.stringify(name)}:`, ...jsonSegments(value)]);
  return ['{', ...fields.flatMap((field, at) => [at === 0 ? '' : ',', ...field]), '}'];
}

/** A field of a form. The profile's checks let in texts, numbers and booleans only. */
const formSegments = (template: unknown): Segment[] =>
  typeof template === 'string' ? segmentsOf(template, 'url', 'url') : [encodeURIComponent(String(template))];

function bodySegments({ request, secret }: TargetProfile): Segment[] {
  if (typeof request.body === 'string') return segmentsOf(request.body, 'text');
  const fields: Readonly<Record<string, unknown>> =
    secret.in === 'body' ? { ...request.body, [secret.field]: '{secret}' } : request.body;
  if (!isForm(request.contentType)) return jsonSegments(fields);
  return Object.entries(fields).flatMap(([name, value], at) => [
    at === 0 ? '' : '&',
    `${encodeURIComponent(name)}=`,
    ...formSegments(value),
  ]);
}

/** Neighboring literals as one. */
function joined(segments: readonly Segment[]): readonly Segment[] {
  const all: Segment[] = [];
  for (const segment of segments) {
    const last = all.at(-1);
    if (typeof segment === 'string' && typeof last === 'string') all[all.length - 1] = last + segment;
    else if (segment !== '') all.push(segment);
  }
  return all;
}

/** What one signal to one webhook reads like, with the secret where the profile places it. */
export function compileRequest(profile: TargetProfile): RequestProgram {
  const { request, secret } = profile;
  const hasBody = request.method !== 'GET';
  const path = segmentsOf(request.path, 'url');
  if (secret.in === 'query') {
    const separator = request.path.includes('?') ? '&' : '?';
    path.push(`${separator}${encodeURIComponent(secret.name)}=`, { word: 'secret', as: 'url' });
  }
  const headers: HeaderTemplate[] = hasBody ? [{ name: 'Content-Type', value: [request.contentType] }] : [];
  for (const [name, value] of Object.entries(request.headers)) {
    headers.push({ name, value: joined(segmentsOf(value, 'text')) });
  }
  if (secret.in === 'header') {
    headers.push({ name: secret.name, value: joined([secret.prefix, { word: 'secret', as: 'text' }]) });
  }
  return {
    method: request.method,
    path: joined(path),
    headers,
    body: hasBody ? joined(bodySegments(profile)) : null,
    signature:
      secret.in === 'hmac-sha256' ? { header: secret.header, prefix: secret.prefix, encoding: secret.encoding } : null,
  };
}

/** Whether the program asks for a word. */
export function usesWord({ path, headers, body }: RequestProgram, wanted: SignalWord): boolean {
  const all = [...path, ...(body ?? []), ...headers.flatMap(({ value }) => value)];
  return all.some((segment) => typeof segment !== 'string' && segment.word === wanted);
}

export type SignalWords = Readonly<Record<SignalWord, string | number>>;

function filled({ word, as }: Exclude<Segment, string>, words: SignalWords): string {
  const value = words[word];
  return as === 'json-value' ? JSON.stringify(value) : escapeLiteral[as](String(value));
}

/** The text of a template for one signal. */
export const fillSegments = (segments: readonly Segment[], words: SignalWords): string =>
  segments.map((segment) => (typeof segment === 'string' ? segment : filled(segment, words))).join('');
