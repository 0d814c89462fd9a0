import { fieldsOf } from '../../analysis/journal/fields.ts';
import { idFormOf } from './uuid-field.ts';

// What single values of a command are taken for.

/** The schema that a value itself shows. */
export function schemaOf(value: unknown): Readonly<Record<string, unknown>> {
  const fields = fieldsOf(value);
  if (fields !== null) {
    const properties = Object.fromEntries(Object.entries(fields).map(([name, inner]) => [name, schemaOf(inner)]));
    return { type: 'object', properties, required: Object.keys(fields) };
  }
  const type = Number.isInteger(value) ? 'integer' : typeof value;
  if (Array.isArray(value) || value === null) return { type: 'array', default: value };
  return { type: type === 'integer' ? 'number' : type, default: value };
}

/** An id such as `evt_1Nx…` keeps what it begins with. */
export function withPrefix(guessed: unknown, value: unknown): unknown {
  const [prefix] = guessed === '{id}' && typeof value === 'string' ? (/^[a-z]{1,8}_(?=\w)/.exec(value) ?? []) : [];
  return prefix === undefined ? guessed : prefix + idFormOf(String(value).slice(prefix.length));
}

/** A part of a path that nobody chose as a name. */
export const looksSecret = (part: string): boolean =>
  (part.length >= 16 && /\d/.test(part) && /[a-z]/i.test(part)) ||
  /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(part) ||
  part.length >= 32;

export const isWebhookName = (before: string, part: string): boolean =>
  /^(?:web)?hooks?$/i.test(before) && /^[\w-]{4,}$/.test(part);

export const printable = (text: string): string => text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '');

export function decoded(text: string, fallback: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return fallback;
  }
}

export function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
