/** Words in braces that the texts of a profile may hold; what each is filled with. */
export const signalPlaceholders = [
  'token',
  'secret',
  'id',
  'n',
  'uuid',
  'action',
  'ticker',
  'quantity',
  'price',
] as const;
/** The forms of an id: each makes a signal unlike all others. contract/plan/signal-id.ts makes them. */
export const idPlaceholders = ['id', 'n', 'uuid'] as const satisfies readonly (typeof signalPlaceholders)[number][];
/** Whether words hold an id in any form. */
export const holdsId = (words: Iterable<string>): boolean =>
  [...words].some((word) => idPlaceholders.some((form) => form === word));
/** What a signature is made of, beside these: parts of the request as it goes out. */
export const requestParts = ['body', 'params', 'url', 'path', 'method', 'timestamp', 'request_id'] as const;
export const signedPlaceholders = [...signalPlaceholders, ...requestParts] as const;
export const signatureHeaderPlaceholders = [...signalPlaceholders, 'timestamp', 'request_id', 'signature'] as const;
export const readbackPlaceholders = ['token', 'secret', 'after', 'accessToken', 'readbackToken'] as const;

export const placeholder = /\{([A-Za-z_]\w*)\}/g;

/** The words in braces of a text, or of all texts in a JSON value. */
export function placeholdersIn(template: unknown): readonly string[] {
  if (typeof template === 'string') return [...template.matchAll(placeholder)].map(([, word = '']) => word);
  if (typeof template !== 'object' || template === null) return [];
  return Object.values(template).flatMap((value) => placeholdersIn(value));
}

/** Words of a text that have no value there, as `path: what is wrong`. */
export function unknownWords(at: string, template: unknown, known: readonly string[]): string[] {
  return placeholdersIn(template)
    .filter((word) => !known.includes(word))
    .map((word) => `${at}: {${word}} is unknown; known are ${known.map((name) => `{${name}}`).join(', ')}`);
}

export function unknownHeaderWords(at: string, headers: object, known: readonly string[]): string[] {
  return Object.entries(headers).flatMap(([name, value]) => unknownWords(`${at}.${name}`, value, known));
}
