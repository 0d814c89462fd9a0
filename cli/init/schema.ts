import { fieldsOf } from '../../analysis/journal/fields.ts';

type Fields = Readonly<Record<string, unknown>>;

const maxHops = 32;
const maxParts = 64;

/** A document in which references point at other places of it. */
export class References {
  readonly #root: unknown;

  constructor(root: unknown) {
    this.#root = root;
  }

  /** What a value is, its reference followed; null if that is no object, or lies outside of the document. */
  resolve(value: unknown): Fields | null {
    let at = fieldsOf(value);
    for (let hop = 0; at !== null && typeof at.$ref === 'string'; hop += 1) {
      if (hop === maxHops || !at.$ref.startsWith('#')) return null;
      at = fieldsOf(this.#at(at.$ref));
    }
    return at;
  }

  /**
   * A schema as one object: what allOf joins is joined, of oneOf and anyOf the first that is not null is taken. Empty where there
   * is none.
   */
  schema(value: unknown, depth = 0): Fields {
    const found = this.resolve(value);
    if (found === null || depth > maxHops) return {};
    const { allOf, anyOf, oneOf, ...own } = found;
    const parts = listOf(allOf).slice(0, maxParts);
    const joined = parts.map((part) => this.schema(part, depth + 1)).reduce(join, {});
    const choices = [...listOf(oneOf), ...listOf(anyOf)].slice(0, maxParts);
    const chosen = choices.map((choice) => this.schema(choice, depth + 1)).find(({ type }) => type !== 'null');
    return [joined, chosen ?? {}, withoutNull(own)].reduce(join, {});
  }

  #at(pointer: string): unknown {
    let at: unknown = this.#root;
    for (const part of pointer.replace(/^#\/?/, '').split('/')) {
      if (part === '') continue;
      const name = decoded(part).replaceAll('~1', '/').replaceAll('~0', '~');
      at = Array.isArray(at) ? at[Number(name)] : fieldsOf(at) === null ? undefined : ownField(at, name);
    }
    return at;
  }
}

function ownField(value: unknown, name: string): unknown {
  return Object.entries(fieldsOf(value) ?? {}).find(([own]) => own === name)?.[1];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** OpenAPI 3.1 writes `type: [string, null]` for what may be null. */
function withoutNull(schema: Fields): Fields {
  const types = listOf(schema.type).filter((type) => type !== 'null');
  return types.length === 0 ? schema : { ...schema, type: types[0] };
}

function join(one: Fields, other: Fields): Fields {
  return {
    ...one,
    ...other,
    ...(one.properties === undefined && other.properties === undefined
      ? {}
      : { properties: { ...fieldsOf(one.properties), ...fieldsOf(other.properties) } }),
    ...(one.required === undefined && other.required === undefined
      ? {}
      : { required: [...listOf(one.required), ...listOf(other.required)] }),
  };
}
