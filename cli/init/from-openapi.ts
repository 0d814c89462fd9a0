import { fieldsOf, textIn } from '../../analysis/journal/fields.ts';
import { placeholdersIn } from '../../contract/profile/placeholders.ts';
import type { TargetInput } from '../../contract/profile/profile.ts';
import { type Draft, Notes } from './draft.ts';
import { type FieldGuess, FieldWords, harmless, isIdName, isSecretField, ofId, soundsSecret } from './field-words.ts';
import { answersOf, bodySchema } from './guess-answers.ts';
import { carriesSecret, signatureOf } from './guess-secret.ts';
import type { ApiDocument, Operation } from './openapi-operations.ts';
import { proposeReadback } from './openapi-readback.ts';
import { accessOf, limiterOf, monitoringOf } from './openapi-surroundings.ts';
import { draftOf, type Parts } from './parts.ts';
import { ttlSaid } from './said-ttl.ts';
import { listOf } from './schema.ts';

type Fields = Readonly<Record<string, unknown>>;
type Secret = NonNullable<TargetInput['secret']>;

/** Where the document came from. */
export interface Origin {
  /** For people. */
  readonly place: string;
  /** Of a document that a server gave; null for a file. */
  readonly url: string | null;
}

/** A profile from one operation of an OpenAPI document. */
export function draftFromOpenApi(api: ApiDocument, operation: Operation, origin: Origin): Draft {
  const notes = new Notes();
  const words = new FieldWords(api.references);
  const { baseUrl, prefix } = serverOf(api, origin, notes);
  const parameters = new Parameters(operation, words, notes);
  const security = securityOf(api, operation, notes);
  const secret = parameters.secret ?? security;
  const body = bodyOf(api, operation, words, secret !== null);
  for (const note of body.notes) notes.add('request', note);
  const others = api.operations.filter((other) => other !== operation && other.score === operation.score).length;
  notes.add(
    'request',
    `${operation.method} ${operation.path} looks like what receives signals${others === 0 ? '' : ', as others do'}. {id} (or {uuid}), {action}, {ticker}, {quantity} and {price} differ from signal to signal; all else is sent as it stands here.`,
  );
  const responses = operation.declared.responses;
  const { path, pathWords } = parameters;
  const sent = { path: operation.path, pathWords, idFields: body.idFields, secret: secret ?? body.secret };
  proposeReadback(api, prefix, sent, notes);
  const parts: Parts = {
    source: `${origin.place}, ${operation.method} ${operation.path}`,
    name: textIn(fieldsOf(api.root.info) ?? {}, 'title') ?? 'webhook backend',
    baseUrl,
    request: {
      ...(operation.method === 'POST' ? {} : { method: operation.method }),
      path: `${prefix}${path}${parameters.query}`,
      headers: parameters.headers,
      ...(body.contentType === 'application/json' ? {} : { contentType: body.contentType }),
      body: body.value,
    },
    secret: secret ?? body.secret,
    answers: answersOf(responses, api.references, notes),
    limiter: limiterOf(responses, api.references, notes),
    idFields: body.idFields,
    idHeaders: parameters.idHeaders,
    ttl: ttlSaid(responses, operation.parameters, api.references),
    ...accessOf(api, operation, prefix, notes),
    monitoring: monitoringOf(api, prefix, notes),
    secrets: new Map(),
  };
  return draftOf(parts, notes);
}

function serverOf(api: ApiDocument, { url }: Origin, notes: Notes): { baseUrl: string | null; prefix: string } {
  const declared = listOf(api.root.servers).map((server) => textIn(fieldsOf(server) ?? {}, 'url') ?? '')[0] ?? '/';
  const absolute = url === null ? (URL.canParse(declared) ? declared : null) : new URL(declared, url).href;
  if (absolute === null || !/^https?:/.test(absolute) || absolute.includes('{')) {
    notes.add('baseUrl', 'The document names no server: set BASE_URL, or write it here.');
    return { baseUrl: null, prefix: '' };
  }
  const { origin, pathname } = new URL(absolute);
  // A document names its servers in production; who asked one server for it means that one.
  const asked = url === null ? origin : new URL(url).origin;
  if (asked !== origin) notes.add('baseUrl', `The document names the server ${origin}; this is the one that gave it.`);
  return { baseUrl: asked, prefix: pathname.replace(/\/+$/, '') };
}

/** What an operation's parameters are in every signal. */
class Parameters {
  readonly headers: Record<string, string> = {};
  readonly idHeaders: string[] = [];
  secret: Secret | null = null;
  path: string;
  /** What the names in the path become. */
  readonly pathWords: ReadonlyMap<string, string>;
  query = '';

  constructor(operation: Operation, words: FieldWords, notes: Notes) {
    this.path = operation.path;
    const pathNames = [...operation.path.matchAll(/\{([^}]*)\}/g)].map(([, name = '']) => name);
    this.pathWords = this.#inPath(pathNames, notes);
    for (const parameter of operation.parameters) {
      const name = textIn(parameter, 'name') ?? '';
      const at = textIn(parameter, 'in');
      if (name === '' || (at !== 'header' && at !== 'query')) continue;
      if (at === 'query') this.#inQuery(name, parameter, words);
      else this.#inHeader(name, parameter, words, notes);
    }
  }

  /** One of them names the webhook, one may be the secret; what the others are is not known. */
  #inPath(names: readonly string[], notes: Notes): ReadonlyMap<string, string> {
    const secret = names.find((name) => /secret/i.test(name));
    const others = names.filter((name) => name !== secret);
    const token = others.find((name) => /token|hook/i.test(name)) ?? others[0];
    const wordOf = (name: string): string => (name === secret ? '{secret}' : name === token ? '{token}' : 'stress');
    this.path = this.path.replace(/\{([^}]*)\}/g, (_, name: string) => wordOf(name));
    if (secret !== undefined) this.secret = { in: 'path' };
    if (token !== undefined) {
      notes.add('request', `{token} in the path is its ${token}: WEBHOOK_TOKEN holds it, several separated by commas.`);
    }
    for (const name of others.filter((each) => each !== token)) {
      notes.add('request', `The path's ${name} is "stress" in every signal: write what is right.`);
    }
    return new Map(names.map((name) => [name, wordOf(name)]));
  }

  #inQuery(name: string, parameter: Fields, words: FieldWords): void {
    if (carriesSecret(name) && this.secret === null) {
      this.secret = { in: 'query', name };
      return;
    }
    if (parameter.required !== true || soundsSecret(name)) return;
    const { value } = words.of(name, words.schemaOf(parameter));
    const text = placeholdersIn(value).length > 0 ? String(value) : encodeURIComponent(String(value));
    this.query += `${this.query === '' ? '?' : '&'}${encodeURIComponent(name)}=${text}`;
  }

  #inHeader(name: string, parameter: Fields, words: FieldWords, notes: Notes): void {
    const signature = this.secret === null ? signatureOf(name, exampleIn(parameter), notes, saidOf(parameter)) : null;
    if (signature !== null) {
      this.secret = signature;
      return;
    }
    if (carriesSecret(name)) {
      this.secret ??= bearer(name);
      notes.add('secret', `The header ${name}: WEBHOOK_SECRET holds its value.`);
      return;
    }
    const isOwn = this.secret?.in === 'signature' && name in (this.secret.headers ?? {});
    if (isOwn || /^(?:content-type|accept|user-agent|content-length|host)$/i.test(name)) return;
    if (isIdName(name.replace(/^x-/i, '')) || /^idempotency-key$/i.test(name)) {
      const { value, note } = ofId(name, words.schemaOf(parameter)) ?? { value: '{id}', note: null };
      this.headers[name] = String(value);
      if (note !== null) notes.add('request', note);
      if (/idempotency/i.test(name)) this.idHeaders.push(name);
      return;
    }
    if (parameter.required === true && !soundsSecret(name))
      this.headers[name] = String(words.of(name, words.schemaOf(parameter)).value);
  }
}

/** What is said of a parameter, in its own description or in that of its schema. */
const saidOf = (parameter: Fields): string =>
  [parameter, fieldsOf(parameter.schema) ?? {}].map((holder) => textIn(holder, 'description') ?? '').join(' ');

const exampleIn = (parameter: Fields): string | null =>
  textIn(parameter, 'example') ?? textIn(fieldsOf(parameter.schema) ?? {}, 'example');

const bearer = (name: string): Secret =>
  /^authorization$/i.test(name) ? { in: 'header', name, prefix: 'Bearer ' } : { in: 'header', name };

/** The first scheme that the operation asks for. */
function securityOf(api: ApiDocument, operation: Operation, notes: Notes): Secret | null {
  const demanded = listOf(operation.declared.security ?? api.root.security);
  const [name] = demanded.flatMap((one) => Object.keys(fieldsOf(one) ?? {}));
  const schemes = fieldsOf(fieldsOf(api.root.components)?.securitySchemes);
  const scheme = name === undefined || schemes === null ? null : api.references.resolve(schemes[name]);
  if (scheme === null || name === undefined) return null;
  const header = textIn(scheme, 'name') ?? 'Authorization';
  switch (scheme.type) {
    case 'apiKey':
      notes.add('secret', `The scheme ${name}: WEBHOOK_SECRET is the key.`);
      if (scheme.in === 'query') return { in: 'query', name: header };
      return scheme.in === 'cookie'
        ? { in: 'header', name: 'Cookie', prefix: `${header}=` }
        : (signatureOf(header, null, notes, textIn(scheme, 'description') ?? '') ?? { in: 'header', name: header });
    case 'http':
      if (/^basic$/i.test(textIn(scheme, 'scheme') ?? '')) {
        notes.add('secret', `The scheme ${name}: WEBHOOK_SECRET is user:password in base64.`);
        return { in: 'header', name: 'Authorization', prefix: 'Basic ' };
      }
      notes.add('secret', `The scheme ${name}: WEBHOOK_SECRET is the bearer token.`);
      return { in: 'header', name: 'Authorization', prefix: 'Bearer ' };
    default:
      notes.add(
        'secret',
        `The scheme ${name} (${String(scheme.type)}): log in by hand, WEBHOOK_SECRET is the access token.`,
      );
      return { in: 'header', name: 'Authorization', prefix: 'Bearer ' };
  }
}

interface GuessedBody {
  readonly value: Record<string, unknown>;
  readonly contentType: string;
  readonly secret: Secret | null;
  readonly idFields: readonly string[];
  readonly notes: readonly string[];
}

/** @param hasSecret whether it goes elsewhere. */
function bodyOf(api: ApiDocument, { declared }: Operation, words: FieldWords, hasSecret: boolean): GuessedBody {
  const holder = api.references.resolve(declared.requestBody) ?? {};
  const types = Object.keys(fieldsOf(holder.content) ?? {});
  const isForm = !types.some((type) => /json/i.test(type)) && types.includes('application/x-www-form-urlencoded');
  const schema = bodySchema(holder, api.references);
  const example = exampleOf(holder);
  const fields = example === null ? words.fields(schema) : words.fields(schema, 0, example);
  const value: Record<string, unknown> = {};
  const notes: string[] = [];
  let secret: Secret | null = null;
  for (const [name, { value: field, note }] of fields) {
    if (isSecretField(name) && !hasSecret && secret === null) {
      secret = { in: 'body', field: name };
      continue;
    }
    const isPlain = placeholdersIn(field).length === 0 && typeof field !== 'object';
    value[name] =
      isPlain && example !== null && name in example && !isSecretField(name) ? harmless(example[name]) : field;
    if (note !== null) notes.push(note);
  }
  if (fields.size === 0)
    notes.push('The document says nothing of the body: this is the usual one of a trading signal.');
  return {
    value: fields.size === 0 ? usualBody : value,
    contentType: isForm ? 'application/x-www-form-urlencoded' : 'application/json',
    secret,
    idFields: fields.size === 0 ? ['signal_id'] : uniqueFields(fields),
    notes,
  };
}

export const usualBody: Record<string, unknown> = {
  action: '{action}',
  ticker: '{ticker}',
  quantity: '{quantity}',
  price: '{price}',
  signal_id: '{id}',
};

const uniqueFields = (fields: ReadonlyMap<string, FieldGuess>): readonly string[] =>
  [...fields].flatMap(([name, { isUnique }]) => (isUnique ? [name] : []));

/** The document's own example of a body. */
function exampleOf(holder: Fields): Fields | null {
  for (const media of Object.values(fieldsOf(holder.content) ?? {})) {
    const fields = fieldsOf(media) ?? {};
    const [named] = Object.values(fieldsOf(fields.examples) ?? {});
    const found = fieldsOf(fields.example) ?? fieldsOf(fieldsOf(named)?.value);
    if (found !== null) return found;
  }
  return null;
}
