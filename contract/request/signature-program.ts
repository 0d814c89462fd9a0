import { isForm } from '../profile/is-form.ts';
import type { signatureHeaderPlaceholders, signedPlaceholders } from '../profile/placeholders.ts';
import { placeholder, placeholdersIn } from '../profile/placeholders.ts';
import type { Signature, TargetProfile } from '../profile/profile.ts';

/** A word of the signal, or of the request that carries it. */
export type SignalWord = (typeof signedPlaceholders)[number] | (typeof signatureHeaderPlaceholders)[number];

/** `json` is the inside of a JSON string, `json-value` a whole JSON value: a number stays a number. */
export type Escape = 'text' | 'url' | 'json' | 'json-value';

/** A literal text, or a word of the signal and how it is escaped. */
export type Segment = string | { readonly word: SignalWord; readonly as: Escape };

/** What is signed and how. Its headers stand among those of the request. */
export interface SignatureProgram {
  readonly algorithm: Signature['algorithm'];
  readonly key: Signature['key'];
  readonly encoding: Signature['encoding'];
  readonly timestamp: Signature['timestamp'];
  readonly signed: readonly Segment[];
  /** What {params} stands for; null where it is not signed. */
  readonly params: readonly Segment[] | null;
  readonly usesRequestId: boolean;
}

/** Cuts a template into literals and words, literals as they are; words that are not known stay literals. */
export function cut<W extends string>(
  template: string,
  isKnown: (word: string) => word is W,
): readonly (string | { readonly word: W })[] {
  const parts: (string | { readonly word: W })[] = [];
  let from = 0;
  for (const match of template.matchAll(placeholder)) {
    const [whole, word = ''] = match;
    if (!isKnown(word)) continue;
    parts.push(template.slice(from, match.index), { word });
    from = match.index + whole.length;
  }
  return [...parts, template.slice(from)];
}

/** Neighboring literals as one. */
export function joined(segments: readonly Segment[]): readonly Segment[] {
  const all: Segment[] = [];
  for (const segment of segments) {
    const last = all.at(-1);
    if (typeof segment === 'string' && typeof last === 'string') all[all.length - 1] = last + segment;
    else if (segment !== '') all.push(segment);
  }
  return all;
}

/** Of a form: name and value of each field, sorted by name, nothing between them and nothing escaped. As Twilio signs. */
function paramSegments(
  { contentType }: TargetProfile['request'],
  fields: Readonly<Record<string, unknown>>,
  textSegments: (template: string) => readonly Segment[],
): readonly Segment[] {
  if (!isForm(contentType)) return [];
  return Object.entries(fields)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => [name, ...(typeof value === 'string' ? textSegments(value) : [String(value)])]);
}

interface Compiling {
  readonly request: TargetProfile['request'];
  readonly baseUrl: string;
  /** The path and query as they go out. */
  readonly path: readonly Segment[];
  readonly fields: Readonly<Record<string, unknown>>;
  readonly textSegments: (template: string) => readonly Segment[];
}

export function compileSignature(secret: Signature, at: Compiling): SignatureProgram {
  const { algorithm, key, encoding, timestamp, signed, headers, publicUrl } = secret;
  const base = (publicUrl ?? at.baseUrl).replace(/\/+$/, '');
  const basePath = base.replace(/^[a-z]+:\/\/[^/]*/i, '');
  // What is known of the request beforehand stands in the program as text.
  const segments = at.textSegments(signed).flatMap((segment): readonly Segment[] => {
    if (typeof segment === 'string') return [segment];
    if (segment.word === 'url') return [base, ...at.path];
    if (segment.word === 'path') return [basePath, ...at.path];
    return segment.word === 'method' ? [at.request.method] : [segment];
  });
  return {
    ...{ algorithm, key, encoding, timestamp },
    signed: joined(segments),
    params: placeholdersIn(signed).includes('params')
      ? joined(paramSegments(at.request, at.fields, at.textSegments))
      : null,
    usesRequestId: placeholdersIn(headers).includes('request_id'),
  };
}
