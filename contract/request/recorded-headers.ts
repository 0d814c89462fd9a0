/**
 * What an answer says of limits goes into the ledger as it stands: analysis reads it. k6/sender/headers.go does the same for
 * our own sender.
 */
const quotaHeaders: readonly string[] = [
  ...['RateLimit', 'RateLimit-Policy', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'],
  ...['X-RateLimit-Limit', 'X-RateLimit-Remaining', 'X-RateLimit-Reset'],
  ...['X-Rate-Limit-Limit', 'X-Rate-Limit-Remaining', 'X-Rate-Limit-Reset'],
];

const maxTextLength = 256;
const minHiddenLength = 4;

/** As k6 spells a header's name. */
const canonical = (name: string): string =>
  name.toLowerCase().replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());

const spelled: readonly (readonly [string, string])[] = quotaHeaders.map((name) => [name, canonical(name)]);

/** Trims blanks alone: JavaScript's own trim takes more than Go's. */
const printable = (text: string): string => text.replace(/[^\x20-\x7e]+/g, '?').replace(/^ +| +$/g, '');

function clean(text: string, secrets: readonly string[]): string {
  let cleaned = printable(text);
  for (const secret of secrets.map(printable)) {
    if (secret.length >= minHiddenLength) cleaned = cleaned.replaceAll(secret, '*');
  }
  cleaned = cleaned.replace(/[A-Za-z0-9_]{20,}/g, (word) => (/[A-Za-z_]/.test(word) ? '*' : word));
  return cleaned.length > maxTextLength ? `${cleaned.slice(0, maxTextLength)}...` : cleaned;
}

/**
 * Retry-After (of a refusal) and the rate limit headers as one JSON object of texts; null if there is none. Texts are bounded
 * and printable, and what may be a secret is hidden. A header that may tell a time has the answer's Date beside it.
 * @param headers as k6 gives them, names in canonical form.
 * @param secrets what was sent and must not come back into a file.
 */
export function recordedHeaders(
  headers: Readonly<Record<string, string>>,
  isLimited: boolean,
  secrets: readonly string[],
): string | null {
  const found: Record<string, string> = {};
  const add = (name: string, text: string | undefined): void => {
    if (text !== undefined) found[name] = clean(text, secrets);
  };
  if (isLimited) add('Retry-After', headers['Retry-After']);
  for (const [name, key] of spelled) add(name, headers[key]);
  const texts = Object.values(found);
  if (texts.length === 0) return null;
  if (texts.some((text) => /:|\d{9}/.test(text))) add('Date', headers.Date);
  return JSON.stringify(found);
}
