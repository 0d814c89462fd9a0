import { placeholder } from '../profile/placeholders.ts';

export type Values = Readonly<Record<string, string | number>>;

/** Own values only: {constructor} is no word of ours. */
const ownValue = (values: Values, word: string): string | number | undefined =>
  Object.hasOwn(values, word) ? values[word] : undefined;

/** A text with its placeholders filled in; words that have no value stay as they are. */
export function fill(template: string, values: Values, escaped: (text: string) => string = (text) => text): string {
  return template.replace(placeholder, (whole, word: string) => {
    const value = ownValue(values, word);
    return value === undefined ? whole : escaped(String(value));
  });
}

/** A path with its placeholders filled in and escaped. */
export const fillPath = (template: string, values: Values): string => fill(template, values, encodeURIComponent);

export function fillHeaders(template: Readonly<Record<string, string>>, values: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, fill(value, values)]));
}

/** A JSON value with its texts filled in. A text that is one placeholder takes on its value's type. */
export function fillJson(template: unknown, values: Values): unknown {
  if (typeof template === 'string') {
    const word = template.startsWith('{') && template.endsWith('}') ? template.slice(1, -1) : '';
    return ownValue(values, word) ?? fill(template, values);
  }
  if (Array.isArray(template)) return (template as unknown[]).map((value) => fillJson(value, values));
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, fillJson(value, values)]));
}

/** Fields as application/x-www-form-urlencoded. */
export function formText(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&');
}
