import { isForm } from '../profile/is-form.ts';
import { signalPlaceholders, signatureHeaderPlaceholders, signedPlaceholders } from '../profile/placeholders.ts';
import type { TargetProfile } from '../profile/profile.ts';
import { isRespaceable } from '../profile/respaceable.ts';
import {
  compileSignature,
  cut,
  type Escape,
  joined,
  type Segment,
  type SignalWord,
  type SignatureProgram,
} from './signature-program.ts';

// A profile's templates, compiled once a process. Both senders execute the same program, k6/sender in Go and lib/http-sender.ts
// in JavaScript, so they put the same bytes on the wire.

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
  /** The same body with a space after each colon and comma, as Python's json.dumps writes it; null where no signature tells them apart. */
  readonly spacedBody: readonly Segment[] | null;
  readonly signature: SignatureProgram | null;
}

const isOf =
  (words: readonly SignalWord[]) =>
  (text: string): text is SignalWord =>
    words.some((word) => word === text);
const isWord = isOf(signalPlaceholders);

const escapeLiteral: Readonly<Record<Escape, (text: string) => string>> = {
  text: (text) => text,
  url: encodeURIComponent,
  json: (text) => JSON.stringify(text).slice(1, -1),
  'json-value': JSON.stringify,
};

/** A template in segments. Words that no signal has stay as they are. */
const segmentsOf = (template: string, as: Escape, literalAs: Escape = 'text', isKnown = isWord): Segment[] =>
  cut(template, isKnown).map((part) =>
    typeof part === 'string' ? escapeLiteral[literalAs](part) : { word: part.word, as },
  );

/** The one word that a text consists of, or null. */
function onlyWord(template: string): SignalWord | null {
  const word = template.startsWith('{') && template.endsWith('}') ? template.slice(1, -1) : '';
  return isWord(word) ? word : null;
}

/** What follows each colon and each comma of a JSON text. */
type Space = '' | ' ';

function jsonSegments(template: unknown, space: Space = ''): Segment[] {
  if (typeof template === 'string') {
    const word = onlyWord(template);
    return word === null ? ['"', ...segmentsOf(template, 'json', 'json'), '"'] : [{ word, as: 'json-value' }];
  }
  if (Array.isArray(template)) {
    return ['[', ...template.flatMap((value, at) => [at === 0 ? '' : `,${space}`, ...jsonSegments(value, space)]), ']'];
  }
  if (typeof template !== 'object' || template === null) return [JSON.stringify(template) ?? 'null'];
  const fields = Object.entries(template).map(([name, value]) => [
    `${JSON.stringify(name)}:${space}`,
    ...jsonSegments(value, space),
  ]);
  return ['{', ...fields.flatMap((field, at) => [at === 0 ? '' : `,${space}`, ...field]), '}'];
}

/** A field of a form. The profile's checks let in texts, numbers and booleans only. */
const formSegments = (template: unknown): Segment[] =>
  typeof template === 'string' ? segmentsOf(template, 'url', 'url') : [encodeURIComponent(String(template))];

/** The fields of a body that is an object, with the secret if the profile places it there. */
function fieldsOf({ request, secret }: TargetProfile): Readonly<Record<string, unknown>> {
  if (typeof request.body === 'string') return {};
  return secret.in === 'body' && secret.field !== null ? { ...request.body, [secret.field]: '{secret}' } : request.body;
}

function bodySegments(profile: TargetProfile): Segment[] {
  const { request } = profile;
  if (typeof request.body === 'string') return segmentsOf(request.body, 'text');
  const fields = fieldsOf(profile);
  if (!isForm(request.contentType)) return jsonSegments(fields);
  return Object.entries(fields).flatMap(([name, value], at) => [
    at === 0 ? '' : '&',
    `${encodeURIComponent(name)}=`,
    ...formSegments(value),
  ]);
}

/**
 * What one signal to one webhook reads like, with the secret where the profile places it.
 * @param baseUrl where it goes: some signatures cover the URL.
 */
export function compileRequest(profile: TargetProfile, baseUrl: string): RequestProgram {
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
  if (secret.in === 'signature') {
    const isKnown = isOf(signatureHeaderPlaceholders);
    for (const [name, value] of Object.entries(secret.headers)) {
      headers.push({ name, value: joined(segmentsOf(value, 'text', 'text', isKnown)) });
    }
  }
  const isSigned = isOf(signedPlaceholders);
  return {
    method: request.method,
    path: joined(path),
    headers,
    body: hasBody ? joined(bodySegments(profile)) : null,
    spacedBody: isRespaceable(profile) ? joined(jsonSegments(fieldsOf(profile), ' ')) : null,
    signature:
      secret.in === 'signature'
        ? compileSignature(secret, {
            ...{ request, baseUrl, path },
            fields: fieldsOf(profile),
            textSegments: (template) => segmentsOf(template, 'text', 'text', isSigned),
          })
        : null,
  };
}

/** The same request without what proves who sent it: the secret is left out, or empty where the profile's own texts hold it. */
export function compileUnproven(profile: TargetProfile, baseUrl: string): RequestProgram {
  const { headers, ...rest } = compileRequest(
    profile.secret.in === 'signature' ? profile : { ...profile, secret: { in: 'none' } },
    baseUrl,
  );
  const isSignature = (segment: Segment): boolean => typeof segment !== 'string' && segment.word === 'signature';
  return { ...rest, headers: headers.filter(({ value }) => !value.some(isSignature)) };
}

/** Whether the program asks for a word. */
export function usesWord({ path, headers, body, signature }: RequestProgram, wanted: SignalWord): boolean {
  const all = [...path, ...(body ?? []), ...headers.flatMap(({ value }) => value), ...(signature?.signed ?? [])];
  return all.some((segment) => typeof segment !== 'string' && segment.word === wanted);
}

/** Those that a template asks for; the parts of a request are there as soon as they are known. */
export type SignalWords = Readonly<
  Record<(typeof signalPlaceholders)[number], string | number> & Partial<Record<SignalWord, string | number>>
>;

function filled({ word, as }: Exclude<Segment, string>, words: SignalWords): string {
  const value = words[word] ?? '';
  return as === 'json-value' ? JSON.stringify(value) : escapeLiteral[as](String(value));
}

/** The text of a template for one signal. */
export const fillSegments = (segments: readonly Segment[], words: SignalWords): string =>
  segments.map((segment) => (typeof segment === 'string' ? segment : filled(segment, words))).join('');
