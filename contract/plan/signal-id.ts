import { identifyingField } from '../profile/identifying-field.ts';
import { placeholdersIn } from '../profile/placeholders.ts';
import type { TargetProfile } from '../profile/profile.ts';

// The id of a signal is `<run tag>-<letter><n>`. A target whose ids are numbers gets one made of 25 bits of the run tag,
// 5 of the letter and 23 of n: 53 bits, exact in JSON, and read back into the same id.

/** What makes the signals of one run unlike those of any other. */
export const newRunTag = (): string => `${Date.now().toString(36)}${Math.floor(Math.random() * 1e9).toString(36)}`;

const shape = /^(.+)-([a-z]?)(\d+)$/;
const most = 2 ** 23;

/** FNV-1a, folded to 25 bits. http://www.isthe.com/chongo/tech/comp/fnv/ */
function bitsOf(runTag: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < runTag.length; at += 1) hash = Math.imul(hash ^ runTag.charCodeAt(at), 0x01000193);
  return ((hash >>> 25) ^ hash) & 0x1ffffff;
}

/** The number that stands for a signal. Throws for an id of another shape: that is a bug of a scenario. */
export function numberOf(id: string): number {
  const [, runTag, idPrefix, digits] = shape.exec(id) ?? [];
  const n = Number(digits);
  if (runTag === undefined || idPrefix === undefined || n >= most)
    throw new Error(`${id} is no <run tag>-<idPrefix><n>`);
  return (bitsOf(runTag) * 32 + (idPrefix === '' ? 0 : idPrefix.charCodeAt(0) - 96)) * most + n;
}

function idOfNumber(number: number, runTag: string): string | null {
  const run = Math.floor(number / (32 * most));
  if (!Number.isSafeInteger(number) || run !== bitsOf(runTag)) return null;
  const idPrefix = Math.floor(number / most) % 32;
  return `${runTag}-${idPrefix === 0 ? '' : String.fromCharCode(96 + idPrefix)}${number % most}`;
}

/** What surrounds {id} or {n} in the body's field that makes a signal unique, and which of the two it is. */
function idTemplate({ request }: TargetProfile) {
  const values = typeof request.body === 'string' ? [] : Object.values(request.body);
  const text = values.filter((value) => typeof value === 'string').find((value) => /\{(id|n)\}/.test(value)) ?? null;
  const [, before = '', word, after = ''] = /^(.*?)\{(id|n)\}(.*)$/.exec(text ?? '') ?? [];
  const words = placeholdersIn([request.path, request.headers, request.body]);
  return {
    before,
    after,
    isNumber: word === 'n' || (text === null && !words.includes('id')),
  };
}

/**
 * How the ids that a target reads back are turned into those of the ledger.
 * @returns a function of the id as read back, further fields of the item by name, and the tag of this run. Ids of the phase
 *   in which signals share an id (letter `u`) get the ticker, in which they differ, appended after a `~`.
 */
export function ledgerIds(profile: TargetProfile) {
  const { before, after, isNumber } = idTemplate(profile);
  const ticker = identifyingField(profile, 'ticker');
  return (raw: string, other: (name: string) => string | null, runTag: string): string => {
    const text =
      raw.startsWith(before) && raw.endsWith(after) ? raw.slice(before.length, raw.length - after.length) : raw;
    const id = (isNumber ? idOfNumber(Number(text), runTag) : null) ?? text;
    const suffix = ticker === null || !/-u\d+$/.test(id) ? null : other(ticker);
    return suffix === null ? id : `${id}~${suffix}`;
  };
}
