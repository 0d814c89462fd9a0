import { idPlaceholders, placeholdersIn } from '../profile/placeholders.ts';
import type { TargetProfile } from '../profile/profile.ts';

// Where a target's requests carry the id of a signal, and in which form.

type IdWord = (typeof idPlaceholders)[number];

/** What surrounds the id in the text that carries it, and which form of it stands there. */
export interface IdTemplate {
  readonly before: string;
  readonly after: string;
  readonly word: IdWord;
}

/** A GET sends no body. */
const bodyOf = ({ method, body }: TargetProfile['request']): TargetProfile['request']['body'] =>
  method === 'GET' ? {} : body;

/** Whether a signal's request holds a form of the id, or its signature does. */
export function carries({ request, secret }: TargetProfile, word: IdWord): boolean {
  const signature = secret.in === 'signature' ? [secret.signed, secret.headers] : [];
  return placeholdersIn([request.path, request.headers, bodyOf(request), signature]).includes(word);
}

/** All texts in a JSON value. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value !== 'object' || value === null ? [] : Object.values(value).flatMap((inner) => textsIn(inner));
}

/**
 * The first text that carries an id: a field of the body, one deeper in it, a header, the path. Of a body that is a text, of a path, and
 * of a text with more words in it nobody knows what surrounds the id in what the target keeps.
 * @param words forms that are looked for.
 */
export function idTemplate({ request, secret }: TargetProfile, words: readonly IdWord[] = idPlaceholders): IdTemplate {
  const body = bodyOf(request);
  const fields = typeof body === 'string' ? [] : Object.values(body);
  const whole = typeof body === 'string' ? [body] : [];
  const texts = [
    ...fields.filter((value) => typeof value === 'string'),
    ...textsIn(fields),
    ...whole,
    ...Object.values(request.headers),
    ...(secret.in === 'signature' ? Object.values(secret.headers) : []),
    request.path,
  ];
  const isWanted = (name: string): name is IdWord => words.some((word) => word === name);
  for (const text of texts) {
    const all = placeholdersIn(text);
    const word = all.find(isWanted);
    if (word === undefined) continue;
    if (all.length > 1 || text === request.path || whole.includes(text)) return { before: '', after: '', word };
    const at = text.indexOf(`{${word}}`);
    return { before: text.slice(0, at), after: text.slice(at + word.length + 2), word };
  }
  return { before: '', after: '', word: 'id' };
}

/** A text as it was read back, without what surrounds the id in it. */
export function withoutSurroundings(text: string, { before, after }: IdTemplate): string {
  return text.startsWith(before) && text.endsWith(after) ? text.slice(before.length, text.length - after.length) : text;
}
