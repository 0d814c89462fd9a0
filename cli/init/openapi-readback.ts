import { fieldsOf, textIn } from '../../analysis/journal/fields.ts';
import type { TargetInput } from '../../contract/profile/profile.ts';
import { valueText } from './config-text.ts';
import type { Notes } from './draft.ts';
import { bodySchema } from './guess-answers.ts';
import type { ApiDocument } from './openapi-operations.ts';
import { plainName } from './plain-name.ts';
import { listOf } from './schema.ts';

type Fields = Readonly<Record<string, unknown>>;
type Secret = NonNullable<TargetInput['secret']>;
type Readback = Extract<NonNullable<TargetInput['readback']>, { kind: 'url' }>;

/** What of the signal a list must be of. */
export interface SignalSent {
  /** As the document has it. */
  readonly path: string;
  /** What the names in its path become: {token}, {secret} or a fixed word. */
  readonly pathWords: ReadonlyMap<string, string>;
  readonly idFields: readonly string[];
  readonly secret: Secret | null;
}

const maxPaths = 2_000;
const pageNames = /^(?:after|since|offset|cursor|start|from|(?:starting_)?after_id|since_id|last_id|starting_after)$/;
const nextNames = /^(?:next|next_(?:cursor|page|after|token|offset|id)|cursor)$/;
const limitNames = /^(?:limit|page_size|per_page|size|max_results)$/;
const timeNames =
  /^(?:(?:processed|executed|filled|completed|handled|created|received)(?:_at)?(?:_[mun]s)?|timestamp)$/;

/**
 * Names a GET of the document that lists signals by their id, as a note above readback. It is not declared: whether the list holds what was
 * processed, and all of it, no document tells.
 */
export function proposeReadback(api: ApiDocument, prefix: string, sent: SignalSent, notes: Notes): void {
  const found = Object.entries(fieldsOf(api.root.paths) ?? {})
    .slice(0, maxPaths)
    .flatMap(([path, item]) => listAt(api, path, api.references.resolve(item) ?? {}, sent))
    .sort((a, b) => shared(b.path, sent.path) - shared(a.path, sent.path) || a.path.length - b.path.length)[0];
  if (found === undefined) return;
  const { path, asksAccess } = found;
  const readback = { ...found.readback, path: prefix + found.readback.path };
  notes.add(
    'readback',
    `GET ${path} lists ${readback.id}. If that is what was processed, write here instead of { kind: 'none' }:`,
  );
  notes.add('readback', valueText(readback).replace(/\s*\n\s*/g, ' '));
  const doubts = [
    `is ${readback.id} the id that the signal carried, and not the server's own`,
    'does a signal stand there only once it is processed, and twice if it was processed twice',
    readback.next === null
      ? 'is everything on one page, however much there is (no field for a next page was found)'
      : `does {after} begin at 0, and does ${readback.next} give its next value`,
    ...(asksAccess
      ? [
          "which access does it ask for (headers; a token of its own: { Authorization: 'Bearer {readbackToken}' }, from READBACK_TOKEN)",
        ]
      : []),
  ];
  notes.add('readback', `Check: ${doubts.join('; ')}?`);
}

interface Found {
  readonly path: string;
  readonly readback: Readback;
  /** Whether it asks for access that is not known. */
  readonly asksAccess: boolean;
}

/** How many parts of their paths two operations share, from the front. */
function shared(one: string, other: string): number {
  const [a, b] = [one.split('/'), other.split('/')];
  const differs = a.findIndex((part, n) => part !== b[n]);
  return differs === -1 ? a.length : differs;
}

function listAt(api: ApiDocument, path: string, item: Fields, sent: SignalSent): readonly Found[] {
  const declared = fieldsOf(item.get);
  if (declared === null || !path.startsWith('/')) return [];
  const list = listIn(api, declared, sent.idFields);
  if (list === null) return [];
  const names = [...path.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name);
  if (names.some((name) => !sent.pathWords.has(name))) return [];
  const parameters = [...listOf(item.parameters), ...listOf(declared.parameters)].flatMap((parameter) => {
    const found = api.references.resolve(parameter);
    return found === null ? [] : [found];
  });
  const next = list.fields.find((name) => nextNames.test(plainName(name))) ?? null;
  const query = queryOf(api, parameters, sent, next !== null);
  if (query === null) return [];
  const filled = path.replace(/\{([^}]*)\}/g, (_, name: string) => sent.pathWords.get(name) ?? '');
  const needsToken = [...sent.pathWords.values()].includes('{token}');
  if (needsToken && !`${filled}${query.text}`.includes('{token}')) return [];
  const asks = listOf(declared.security ?? api.root.security).length > 0;
  const headers = headersOf(sent.secret, asks || demandsHeader(parameters));
  const readback: Readback = {
    kind: 'url',
    path: `${filled}${query.text}`,
    ...(headers === null ? {} : { headers }),
    items: list.name,
    id: list.id,
    processedAtUs: list.itemFields.find((name) => timeNames.test(plainName(name))) ?? null,
    next: query.isPaged ? next : null,
    total: null,
  };
  const asksAccess = headers === null && (asks || demandsHeader(parameters)) && sent.secret?.in !== 'query';
  return [{ path, readback, asksAccess }];
}

interface ListFound {
  /** The field that holds it; null: the answer itself is the list. */
  readonly name: string | null;
  readonly id: string;
  readonly itemFields: readonly string[];
  /** Beside the list. */
  readonly fields: readonly string[];
}

/** A list in an answer, of objects that have a field of a signal's id. */
function listIn({ references }: ApiDocument, declared: Fields, idFields: readonly string[]): ListFound | null {
  const answer = bodySchema(references.resolve(fieldsOf(declared.responses)?.['200']) ?? {}, references);
  const properties = Object.entries(fieldsOf(answer.properties) ?? {});
  const lists: readonly (readonly [string | null, Fields])[] =
    answer.type === 'array'
      ? [[null, answer]]
      : properties.map(([name, value]) => [name, references.schema(value)] as const);
  for (const [name, list] of lists) {
    if (list.type !== 'array') continue;
    const itemFields = Object.keys(fieldsOf(references.schema(list.items).properties) ?? {});
    const id = itemFields.find((field) => idFields.some((own) => plainName(own) === plainName(field)));
    if (id !== undefined) return { name, id, itemFields, fields: properties.map(([field]) => field) };
  }
  return null;
}

/** The query of a page; null if a parameter is needed whose value is not known. */
function queryOf(
  api: ApiDocument,
  parameters: readonly Fields[],
  { pathWords, secret }: SignalSent,
  hasNext: boolean,
): { readonly text: string; readonly isPaged: boolean } | null {
  const parts: string[] = [];
  let isPaged = false;
  for (const parameter of parameters) {
    if (parameter.in !== 'query') continue;
    const name = textIn(parameter, 'name') ?? '';
    const schema = api.references.schema(parameter.schema);
    const word = pathWords.get(name);
    if (word !== undefined) parts.push(`${encodeURIComponent(name)}=${word}`);
    else if (hasNext && !isPaged && pageNames.test(plainName(name))) {
      parts.push(`${encodeURIComponent(name)}={after}`);
      isPaged = true;
    } else if (limitNames.test(plainName(name)) && typeof schema.maximum === 'number')
      parts.push(`${encodeURIComponent(name)}=${schema.maximum}`);
    else if (secret?.in === 'query' && secret.name === name) parts.push(`${encodeURIComponent(name)}={secret}`);
    else if (parameter.required === true) return null;
  }
  return { text: parts.length === 0 ? '' : `?${parts.join('&')}`, isPaged };
}

const demandsHeader = (parameters: readonly Fields[]): boolean =>
  parameters.some((parameter) => parameter.in === 'header' && parameter.required === true);

/** The header of the signals' secret, if the list asks for access at all. */
export function headersOf(secret: Secret | null, asks: boolean): Record<string, string> | null {
  return asks && secret?.in === 'header' ? { [secret.name]: `${secret.prefix ?? ''}{secret}` } : null;
}
