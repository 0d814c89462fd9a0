/** Words in braces that the texts of a profile may hold; what each is filled with. */
export const signalPlaceholders = ['token', 'secret', 'id', 'n', 'action', 'ticker', 'quantity', 'price'] as const;
export const readbackPlaceholders = ['token', 'secret', 'after'] as const;

export const placeholder = /\{([A-Za-z_]\w*)\}/g;

/** The words in braces of a text, or of all texts in a JSON value. */
export function placeholdersIn(template: unknown): readonly string[] {
  if (typeof template === 'string') return [...template.matchAll(placeholder)].map(([, word = '']) => word);
  if (typeof template !== 'object' || template === null) return [];
  return Object.values(template).flatMap((value) => placeholdersIn(value));
}
