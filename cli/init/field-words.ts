import { fieldsOf, numberIn, textIn } from '../../analysis/journal/fields.ts';
import { Expression } from './draft.ts';
import { plainName } from './plain-name.ts';
import { listOf, type References } from './schema.ts';
import { isUuidName, otherVersion, uuidVersion } from './uuid-field.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Names that fields of signals usually have, by the placeholder that stands for their value. */
const usualNames = {
  id: /^(?:(?:signal|event|message|msg|alert|order|client_order|trade|request|delivery|idempotency|transaction|external|reference|notification|correlation)_(?:id|key|uuid)|id|uuid|guid|nonce|reference|dedup(?:e|lication)?_(?:id|key))$/,
  action: /^(?:action|side|direction|signal|(?:order|trade|signal)_(?:action|side|type)|operation)$/,
  ticker: /^(?:ticker|symbol|instrument|pair|asset|market|security|coin|stock|currency_pair|ticker_symbol)$/,
  quantity: /^(?:quantity|qty|size|amount|volume|contracts|shares|lots?|units|(?:order|position)_size)$/,
  price: /^(?:price|(?:limit|entry|order|trigger|mark|fill|last)_price|entry|close|rate)$/,
} as const;
type Word = keyof typeof usualNames;

const secretNames =
  /^(?:(?:webhook_|shared_|client_)?secret(?:_key)?|(?:auth_|access_|webhook_)?token|(?:api|access|auth)_?key|key|auth|passphrase|password)$/;

export const isSecretField = (name: string): boolean => secretNames.test(plainName(name));
/** A profile refuses literal values under such names: contract/profile/literal-secrets.ts. */
const soundsSecretPattern = /authorization|cookie|key|token|secret|passw(?:or)?d|signature|credential/i;
export const soundsSecret = (name: string): boolean => soundsSecretPattern.test(name);
export const isIdName = (name: string): boolean => usualNames.id.test(plainName(name));

/** What one field holds in every signal, and what to say of it. */
export interface FieldGuess {
  readonly value: unknown;
  /** Whether it makes a signal unlike all others. */
  readonly isUnique: boolean;
  /** What to check; null for nothing. */
  readonly note: string | null;
}

/** Values that signals have: contract/plan/made-signal.ts. */
const actions = ['BUY', 'SELL'];
const tickers = ['AAPL', 'MSFT', 'TSLA', 'NVDA', 'BTCUSD', 'ETHUSD', 'EURUSD', 'XAUUSD'];
/** Ids are no longer than this. */
const maxIdLength = 32;
const idSamples = { '{id}': 'mwwc5zft6glv08-a1', '{uuid}': '3f2a9c5e-71d4-4b08-9a6f-0c1d2e3f4a5b' } as const;
const maxDepth = 6;
const maxFields = 60;

const guess = (value: unknown, note: string | null = null): FieldGuess => ({ value, isUnique: false, note });

/** Guesses what fields hold from their names and schemas. */
export class FieldWords {
  readonly #references: References;

  constructor(references: References) {
    this.#references = references;
  }

  /** @param schema joined, see References.schema. */
  of(name: string, schema: Fields, depth = 0): FieldGuess {
    const word = wordOf(name);
    const known = word === null ? null : (keptSample(word, name, schema) ?? ofWord(word, name, schema));
    if (known !== null) return known;
    if (isSecretField(name)) return guess('{secret}');
    const plain = this.#plain(name, schema, depth);
    const isLiteral = typeof plain.value === 'string' && !/\{\w+\}/.test(plain.value);
    return isLiteral && soundsSecret(name)
      ? guess(
          '',
          `${name} sounds like a secret, so that no value of it is written here: send it as {token} or {secret}`,
        )
      : plain;
  }

  /** The schema of a parameter. */
  schemaOf(parameter: Fields): Fields {
    return {
      ...this.#references.schema(parameter.schema),
      ...(parameter.example === undefined ? {} : { example: parameter.example }),
    };
  }

  /**
   * An object's fields: those that are required, and those whose meaning is known.
   * @param shown an example of the whole object, for fields that have none of their own.
   */
  fields(schema: Fields, depth = 0, shown: Fields | null = exampleIn(schema)): ReadonlyMap<string, FieldGuess> {
    const required = new Set(listOf(schema.required));
    const found = new Map<string, FieldGuess>();
    for (const [name, value] of Object.entries(fieldsOf(schema.properties) ?? {}).slice(0, maxFields)) {
      const inner = this.#references.schema(value);
      if (inner.readOnly === true) continue;
      if (required.has(name) || wordOf(name) !== null || isSecretField(name))
        found.set(name, this.of(name, withSample(inner, shown?.[name]), depth));
    }
    return found;
  }

  #plain(name: string, schema: Fields, depth: number): FieldGuess {
    if (schema.const !== undefined) return guess(harmless(schema.const));
    const given = sampleIn(schema);
    const choices = listOf(schema.enum);
    if (given !== undefined && isShort(given)) return guess(harmless(given));
    if (choices.length > 0) return guess(harmless(choices[0]), choices.length > 1 ? chosen(name, choices) : null);
    return this.#ofType(name, schema, depth);
  }

  #ofType(name: string, schema: Fields, depth: number): FieldGuess {
    const type = textIn(schema, 'type') ?? (schema.properties === undefined ? 'string' : 'object');
    switch (type) {
      case 'integer':
      case 'number':
        return guess(smallestNumber(schema));
      case 'boolean':
        return guess(true);
      case 'array': {
        const wanted = Math.min(numberIn(schema, 'minItems') ?? 0, 3);
        if (wanted === 0 || depth >= maxDepth) return guess([]);
        const item = this.of(name, this.#references.schema(schema.items), depth + 1);
        return { ...item, value: Array.from({ length: wanted }, () => item.value) };
      }
      case 'object': {
        const inner = depth >= maxDepth ? new Map<string, FieldGuess>() : this.fields(schema, depth + 1);
        const notes = [...inner].flatMap(([field, { note }]) => (note === null ? [] : [`${name}.${field}: ${note}`]));
        return {
          value: Object.fromEntries([...inner].map(([field, { value }]) => [field, value])),
          isUnique: [...inner.values()].some(({ isUnique }) => isUnique),
          note: notes.length === 0 ? null : notes.join('; '),
        };
      }
      default:
        return ofString(name, schema);
    }
  }
}

function wordOf(name: string): Word | null {
  const plain = plainName(name);
  return (Object.keys(usualNames) as Word[]).find((word) => usualNames[word].test(plain)) ?? null;
}

const sampleIn = (schema: Fields): unknown =>
  [schema.default, schema.example, listOf(schema.examples)[0]].find((value) => value !== undefined && value !== null);

const exampleIn = (schema: Fields): Fields | null => fieldsOf(sampleIn(schema));

const withSample = (schema: Fields, sample: unknown): Fields =>
  typeof sample === 'string' && sampleIn(schema) === undefined ? { ...schema, example: sample } : schema;

/** Templates (`{{side}}`, `$SIDE`, `<side>`) and the stand-in of Swagger UI show nothing of what a server takes. */
const showsNothing = /[{}$<>%]|^string$|^$/i;

/** What is shown of a field is kept if the signals' own values are written otherwise: servers refuse BUY where they know buy. */
function keptSample(word: Word, name: string, schema: Fields): FieldGuess | null {
  if ((word !== 'action' && word !== 'ticker') || schema.enum !== undefined || schema.const !== undefined) return null;
  const sample = sampleIn(schema);
  if (typeof sample !== 'string' || showsNothing.test(sample) || !isShort(sample)) return null;
  if (word === 'action' ? actions.includes(sample) : /^[A-Z]{1,12}$/.test(sample)) return null;
  const others = word === 'action' ? actions.join(' and ') : 'such as AAPL and BTCUSD';
  return guess(
    sample,
    `${name} is ${JSON.stringify(sample)} in every signal, as it was given: {${word}} sends ${others}. If the server takes those, write {${word}}.`,
  );
}

/** Null where the placeholder does not fit what the schema takes. */
function ofWord(word: Word, name: string, schema: Fields): FieldGuess | null {
  const type = textIn(schema, 'type') ?? 'string';
  const isNumber = type === 'number' || type === 'integer';
  switch (word) {
    case 'id':
      return type === 'string' || isNumber ? ofId(name, schema, isNumber) : null;
    case 'action':
    case 'ticker':
      return type === 'string' && takesAll(schema, word === 'action' ? actions : tickers) ? guess(`{${word}}`) : null;
    case 'quantity':
    case 'price': {
      if (schema.enum !== undefined) return null;
      if (type === 'string') return guess('{quantity}.50', `${name} is a text with a number: is it in the right form?`);
      const values = word === 'price' && type === 'number' ? [100, 200] : [1, 10];
      const [min, max] = [numberIn(schema, 'minimum') ?? 0, numberIn(schema, 'maximum') ?? Number.POSITIVE_INFINITY];
      if (!isNumber || values.some((value) => value < min || value > max)) return null;
      return guess(word === 'price' && type === 'number' ? '{price}' : '{quantity}');
    }
  }
}

/** Of an id: those of the two forms of a text that fit. Null if only some values are taken. */
export function ofId(name: string, schema: Fields, isNumber = false): FieldGuess | null {
  const unique = (value: string, note: string | null = null): FieldGuess => ({ value, isUnique: true, note });
  if (isNumber) {
    const max = numberIn(schema, 'maximum') ?? (schema.format === 'int32' ? 2 ** 31 - 1 : Number.POSITIVE_INFINITY);
    return unique('{n}', max < 2 ** 53 ? `{n} has up to 16 digits, and the schema takes no number above ${max}` : null);
  }
  if (schema.enum !== undefined) return null;
  const version = uuidVersion(schema.format, sampleIn(schema));
  if (version !== null) return unique('{uuid}', otherVersion(name, version));
  if (isUuidAlone(name, schema)) return unique('{uuid}');
  const max = numberIn(schema, 'maxLength') ?? Number.POSITIVE_INFINITY;
  return unique('{id}', max < maxIdLength ? `{id} has up to ${maxIdLength} characters, the schema takes ${max}` : null);
}

/** Whether a field takes UUIDs and no other ids, by its pattern, or by its name where nothing is shown. */
function isUuidAlone(name: string, schema: Fields): boolean {
  const pattern = textIn(schema, 'pattern');
  if (pattern !== null) return fits(pattern, idSamples['{uuid}']) && !fits(pattern, idSamples['{id}']);
  const sample = sampleIn(schema);
  const isShown = typeof sample === 'string' && !showsNothing.test(sample);
  return isUuidName(name) && !isShown && takesAll(schema, [idSamples['{uuid}']]);
}

/** Whether each of some values is one that a text field takes. */
function takesAll(schema: Fields, values: readonly string[]): boolean {
  const choices = listOf(schema.enum);
  if (choices.length > 0) return values.every((value) => choices.includes(value));
  const max = numberIn(schema, 'maxLength') ?? Number.POSITIVE_INFINITY;
  const min = numberIn(schema, 'minLength') ?? 0;
  const pattern = textIn(schema, 'pattern');
  return values.every(
    (value) => value.length <= max && value.length >= min && (pattern === null || fits(pattern, value)),
  );
}

/** The values are short, so that no pattern takes long. */
function fits(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return false;
  }
}

function ofString(name: string, schema: Fields): FieldGuess {
  const version = uuidVersion(schema.format, null);
  if (version !== null) return guess(`00000000-0000-${version || 4}000-8000-000000000000`);
  switch (schema.format) {
    case 'date-time':
      return guess(new Expression('new Date().toISOString()', new Date().toISOString()));
    case 'date':
      return guess(new Expression('new Date().toISOString().slice(0, 10)', new Date().toISOString().slice(0, 10)));
    case 'email':
      return guess('stress@example.com');
    case 'uri':
      return guess('https://example.com/');
    default: {
      const min = Math.min(numberIn(schema, 'minLength') ?? 0, 64);
      const note = typeof schema.pattern === 'string' ? `${name} must match a pattern: write a value that does` : null;
      return guess('stress'.padEnd(min, '-'), note);
    }
  }
}

function smallestNumber(schema: Fields): number {
  const exclusive = numberIn(schema, 'exclusiveMinimum');
  const min = Math.max(numberIn(schema, 'minimum') ?? 1, exclusive === null ? 1 : exclusive + 1);
  return Math.min(min, numberIn(schema, 'maximum') ?? min);
}

const chosen = (name: string, choices: readonly unknown[]): string =>
  `${name} is one of ${choices.slice(0, 8).map(String).join(', ')}: the first is sent`;

const isShort = (value: unknown): boolean => JSON.stringify(value).length <= 2_000;

/** Braces mean placeholders in a profile: what only looks like one is written with others. */
export function harmless(value: unknown): unknown {
  if (typeof value === 'string') return value.replace(/\{([A-Za-z_]\w*)\}/g, '($1)');
  if (Array.isArray(value)) return value.map((item: unknown) => harmless(item));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, harmless(inner)]));
}
