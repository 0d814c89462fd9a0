// The part of RFC 9651 (structured fields) that rate limit headers need.

/** One member of a list: what stands before its parameters, and these. */
export interface Item {
  /** The key of `key=value`; null in a list of values. */
  readonly key: string | null;
  /** A string without its quotation marks. */
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Splits at a mark that stands outside of quotation marks; null if these are not closed. */
function splitAt(text: string, mark: ',' | ';'): readonly string[] | null {
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charAt(at);
    if (quoted && letter === '\\') {
      part += letter + text.charAt(at + 1);
      at += 1;
      continue;
    }
    if (letter === '"') quoted = !quoted;
    if (letter === mark && !quoted) {
      parts.push(part);
      part = '';
    } else part += letter;
  }
  return quoted ? null : [...parts, part].map((each) => each.trim());
}

const unquoted = (text: string): string => (/^".*"$/.test(text) ? text.slice(1, -1).replace(/\\(.)/g, '$1') : text);

function pairOf(text: string): readonly [key: string | null, value: string] {
  const found = /^([a-z*][a-z0-9_.*-]*)\s*=\s*(.*)$/i.exec(text);
  return found === null ? [null, unquoted(text)] : [(found[1] ?? '').toLowerCase(), unquoted(found[2] ?? '')];
}

/** The members of a list or dictionary; null if the text is neither. */
export function itemsOf(text: string): readonly Item[] | null {
  const members = splitAt(text, ',');
  if (members === null || members.some((member) => member === '')) return null;
  const items: Item[] = [];
  for (const member of members) {
    const [first = '', ...rest] = splitAt(member, ';') ?? [];
    const [key, value] = pairOf(first);
    const parameters = new Map<string, string>();
    for (const parameter of rest) {
      const [name, given] = pairOf(parameter);
      if (name === null) parameters.set(given, '?1');
      else parameters.set(name, given);
    }
    items.push({ key, value, parameters });
  }
  return items;
}
