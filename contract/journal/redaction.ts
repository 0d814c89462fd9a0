/**
 * One place that hides secrets, by value and by shape. Whatever is written or printed and may hold words of others (log lines,
 * errors, profiles, URLs) passes through it first.
 */

/** Stands where a secret stood. */
export const hidden = '‹secret›';

/** A shorter value would shred ordinary words; it is hidden only where a name beside it says that it is a secret. */
const minValueLength = 4;

/** A part of a name that marks a secret: `X-Api-Key`, `access_token`, `clientSecret`, `PGPASSWORD`. */
const secretWord =
  'api[-_]?key|auth[-_]?key|access[-_]?key|private[-_]?key|secret[-_]?key|signing[-_]?key|token|secret|passw(?:or)?d|pwd|passphrase|cookie|authorization|credential';

const secretName = new RegExp(`(?:${secretWord})|(?:^|[-_])(?:key|auth|pass|sig|signature)$`, 'i');
/** Such a name tells of a secret, and holds none: `tokenFields`, `secretName`. */
const describesSecret = /[-_](?:fields?|names?|path|paths|header|headers|kind|type|file|count|ttl|ms|length|scope)$/i;

/** Whether a header, field or variable of this name usually holds a secret. */
export function isSecretName(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, '$1-$2');
  return secretName.test(words) && !describesSecret.test(words);
}

/** A value made of placeholders and a few marks or a scheme holds no secret of its own: `Bearer {token}`, `sha256={signature}`. */
function isPlaceholder(text: string): boolean {
  const rest = text.replace(/\{[A-Za-z]\w*\}/g, ' ');
  return rest !== text && !/\w{12,}/.test(rest);
}

/** Every way in which a value is written: as it is, encoded for a URL or a form, escaped in JSON and twice so in a log line. */
function formsOf(value: string): readonly string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const encoded = encodeURIComponent(value.replace(/\p{Surrogate}/gu, '\ufffd'));
  // What Go and forms encode beside what JavaScript does.
  const strict = encoded.replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
  return [
    value,
    ...[encoded, strict].flatMap((text) => [text, text.replaceAll('%20', '+')]),
    json,
    JSON.stringify(json).slice(1, -1),
    // Go escapes these three in JSON.
    json.replace(/[<>&]/g, (mark) => `\\u00${mark.charCodeAt(0).toString(16)}`),
  ];
}

const secretInQuery = /([?&;])([\w.~%-]+)=([^\s&#"'\\;]+)/g;
/** `"name":"value"`, its quotes escaped alike (as within a quoted log line). */
const secretInJson = /(\\*")([\w-]+)\1(\s*:\s*)\1((?:[^"\\]|\\(?!\1)[^"])*)\1/g;

/** User and password in URLs; values behind names of secrets in queries, headers and JSON; bearer tokens. */
export function redactShapes(text: string): string {
  const withoutPairs = text.replace(secretInQuery, (all, mark: string, name: string, value: string) =>
    isSecretName(name) && !isPlaceholder(value) ? `${mark}${name}=${hidden}` : all,
  );
  return withoutPairs
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@"']+@/gi, `$1${hidden}@`)
    .replace(/\b(Bearer|Basic)\s+(?!\{)[\w.~+/=-]{4,}/gi, `$1 ${hidden}`)
    .replace(secretInJson, (all, ...found: string[]) => {
      const [quote = '', name = '', colon = '', value = ''] = found;
      return isSecretName(name) && !isPlaceholder(value)
        ? `${quote}${name}${quote}${colon}${quote}${hidden}${quote}`
        : all;
    });
}

/** @returns what hides these values, in every form, and whatever has the shape of a secret. */
export function redactor(secrets: readonly string[]): (text: string) => string {
  // The longest first: a secret that holds another is hidden whole.
  const forms = [...new Set(secrets.filter(({ length }) => length >= minValueLength).flatMap(formsOf))].toSorted(
    (a, b) => b.length - a.length,
  );
  return (text) => redactShapes(forms.reduce((hiding, form) => hiding.replaceAll(form, hidden), text));
}

/**
 * A copy of plain data with its secrets hidden: texts under a name of a secret unless they are placeholders, and the shapes of
 * redactShapes in all other texts.
 */
export function redactData(value: unknown, name = ''): unknown {
  if (typeof value === 'string') {
    return name !== '' && isSecretName(name) && value !== '' && !isPlaceholder(value) ? hidden : redactShapes(value);
  }
  if (Array.isArray(value)) return value.map((item: unknown) => redactData(item, name));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactData(item, key)]));
}
