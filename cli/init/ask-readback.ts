import { placeholdersIn, readbackPlaceholders } from '../../contract/profile/placeholders.ts';
import type { TargetInput } from '../../contract/profile/profile.ts';
import { type Ask, askUntil } from './ask.ts';
import type { Notes } from './draft.ts';
import { headersOf } from './openapi-readback.ts';

type Secret = NonNullable<TargetInput['secret']>;
type Readback = Extract<NonNullable<TargetInput['readback']>, { kind: 'url' }>;

/** What is known of the server when it is asked. */
export interface SignalsSent {
  readonly baseUrl: string;
  readonly path: string;
  readonly secret: Secret | null;
  readonly idField: string;
}

const none = 'none';
const skip = 'skip';
const isField = (text: string): boolean => /^[\w.$@-]{1,100}$/.test(text);

/**
 * Asks which URL lists what became of the signals.
 * @returns null if it was skipped.
 */
export async function askReadback(ask: Ask, sent: SignalsSent, notes: Notes): Promise<Readback | null> {
  const asks = (question: string, offered: string): Promise<string> =>
    askUntil(ask, { question, offered, expected: 'the name of one field, without blanks', fits: isField });
  const perWebhook = placeholdersIn(sent.path).includes('token');
  const must = perWebhook ? ', with {token} in it unless one list holds those of all webhooks' : '';
  const answer = await askUntil(ask, {
    question: `Path whose answer (JSON) lists each signal that was processed, so that losses and doubles are found${must}; {secret} or {readbackToken} (a token of its own, from READBACK_TOKEN) if it asks for one in the path, {after} for the next page; or ${skip}`,
    offered: skip,
    expected: `a path that begins with /, or a URL of ${sent.baseUrl}, in braces {token}, {secret}, {readbackToken} and {after} alone; or ${skip}`,
    fits: (text) => text === skip || fitsPath(pathIn(text, sent.baseUrl)),
  });
  const path = pathIn(answer, sent.baseUrl);
  if (answer === skip || path === null) return null;
  const words = placeholdersIn(path);
  const items = await asks(
    `Field of the answer that holds the list, or ${none} if the answer itself is the list`,
    'signals',
  );
  const id = await asks('Field of an entry that holds the id that the signal carried', sent.idField);
  const at = await asks(`Field of an entry that holds when it was processed, or ${none}`, none);
  const next = words.includes('after')
    ? await asks('Field of the answer that holds what {after} must be for the next page', 'next')
    : none;
  const isAskedInPath = words.includes('secret') || words.includes('readbackToken');
  const own = isAskedInPath ? null : await askOwnToken(ask);
  const headers = own ?? headersOf(sent.secret, !isAskedInPath);
  notes.add(
    'readback',
    'A signal must stand there once it is processed, and twice if it was processed twice; all of it, however much there is.',
  );
  if (own === null && headers !== null)
    notes.add(
      'readback',
      'It is asked with the secret of the signals: leave headers out if it needs none (without {token} and {secret} one list of all webhooks is read once).',
    );
  const orNull = (field: string): string | null => (field === none ? null : field);
  return {
    kind: 'url',
    path,
    ...(headers === null ? {} : { headers }),
    ...{ items: orNull(items), id, processedAtUs: orNull(at), next: orNull(next), total: null },
  };
}

/** The header of a token that the signals do not carry; null if there is none. */
async function askOwnToken(ask: Ask): Promise<Record<string, string> | null> {
  const name = await askUntil(ask, {
    question: `Header for a token of its own that this path asks for, such as Authorization (READBACK_TOKEN holds the token), or ${none}`,
    offered: none,
    expected: `the name of one header, without blanks, or ${none}`,
    fits: (text) => /^[\w-]{1,100}$/.test(text),
  });
  if (name === none) return null;
  return { [name]: /^authorization$/i.test(name) ? 'Bearer {readbackToken}' : '{readbackToken}' };
}

/** A path, also of a whole URL of the server; null if it is of another one. */
function pathIn(text: string, baseUrl: string): string | null {
  const path = text.startsWith(`${baseUrl}/`) ? text.slice(baseUrl.length) : text;
  return path.startsWith('/') ? path : null;
}

function fitsPath(path: string | null): boolean {
  if (path === null || !/^\/\S*$/.test(path)) return false;
  const words = placeholdersIn(path);
  const known: readonly string[] = readbackPlaceholders.filter((word) => word !== 'accessToken');
  return words.every((word) => known.includes(word));
}
