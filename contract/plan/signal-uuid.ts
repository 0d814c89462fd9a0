// A signal's id as a UUID: RFC 9562, of version 4 by its form. Its 122 free bits hold 42 of the time and 30 of the rest of the run
// tag, 6 of the code and 44 of n, in four words of 32, 28, 30 and 32 bits:
//
//     time, low      | time, high 10, rest, high 18 | rest, low 12, code 6, n, high 12 | n, low
//
// Then they are mixed, so that they look random, and neighbors begin differently. Each word in turn is changed by the one before it:
// the same in reverse undoes it. After two rounds every bit depends on all. k6/sender/uuid.go does the same.

/** UUIDs have room for so many signals under one code. */
export const maxUuidNumber = 2 ** 44;

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** What a UUID holds of a run tag, as numbers. */
interface TagBits {
  readonly time: number;
  readonly rest: number;
}

/** What a UUID holds. */
export interface UuidParts extends TagBits {
  readonly code: string;
  readonly n: number;
}

type Words = readonly [number, number, number, number];

/** The finalizer of MurmurHash3. https://github.com/aappleby/smhasher */
function scrambled(word: number, turn: number): number {
  let bits = (word + Math.imul(turn, 0x9e3779b9)) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}

function mixed([a, b, c, d]: Words, turn: number): Words {
  const first = a ^ scrambled(d, turn + 1);
  const second = b ^ (scrambled(first, turn + 2) & 0x0fffffff);
  const third = c ^ (scrambled(second, turn + 3) & 0x3fffffff);
  return [first, second, third, d ^ scrambled(third, turn + 4)];
}

function unmixed([a, b, c, d]: Words, turn: number): Words {
  const last = d ^ scrambled(c, turn + 4);
  const third = c ^ (scrambled(b, turn + 3) & 0x3fffffff);
  const second = b ^ (scrambled(a, turn + 2) & 0x0fffffff);
  return [a ^ scrambled(last, turn + 1), second, third, last];
}

/** A tag as newRunTag makes it: a time, and a number below 2^30. */
const usualTag = /^([0-9a-z]{8})([0-9a-z]{1,6})$/;

function newBitsOfTag(runTag: string): TagBits {
  const [, time = '', end = ''] = usualTag.exec(runTag) ?? [];
  const rest = Number.parseInt(end, 36);
  if (rest < 2 ** 30 && rest.toString(36) === end) return { time: Number.parseInt(time, 36), rest };
  // Somebody's own: what 72 bits of a hash say.
  let words: Words = [0, 0, 0, 0];
  for (let at = 0; at < runTag.length; at += 1) {
    const [a, b, c, d] = words;
    words = mixed([a ^ runTag.charCodeAt(at), b, c, d], 0);
  }
  return { time: (words[1] & 0x3ff) * 2 ** 32 + (words[0] >>> 0), rest: words[2] };
}

/** Those of the tag that was asked for last: a scenario has one, and each of its signals asks. */
let known = { runTag: '', bits: newBitsOfTag('') };

function bitsOfTag(runTag: string): TagBits {
  if (known.runTag !== runTag) known = { runTag, bits: newBitsOfTag(runTag) };
  return known.bits;
}

const hex = (word: number, digits: number): string => (word >>> 0).toString(16).padStart(digits, '0');

/** Throws from `maxUuidNumber` on: no plan has so many signals. */
export function makeUuid(runTag: string, code: string, n: number): string {
  if (!(n >= 0 && n < maxUuidNumber)) throw new Error(`signal ${n} has no UUID: they end at ${maxUuidNumber}`);
  const { time, rest } = bitsOfTag(runTag);
  const words: Words = [
    time | 0,
    (Math.floor(time / 2 ** 32) << 18) | (rest >>> 12),
    ((rest & 0xfff) << 18) | ((letters.indexOf(code || ' ') + 1) << 12) | Math.floor(n / 2 ** 32),
    n | 0,
  ];
  const [a, b, c, d] = mixed(mixed(words, 0), 4);
  const [head, tail] = [hex(b, 7), hex(c | 0x80000000, 8) + hex(d, 8)];
  return `${hex(a, 8)}-${head.slice(0, 4)}-4${head.slice(4)}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}

const shape =
  /^(?:urn:uuid:)?\{?([0-9a-f]{8})-?([0-9a-f]{4})-?4([0-9a-f]{3})-?([89ab][0-9a-f]{3})-?([0-9a-f]{12})\}?$/i;

/** What a UUID would hold if it were one of ours, in any letter case, with or without hyphens or braces; null for what cannot be one. */
export function uuidParts(text: string): UuidParts | null {
  const [, a, b, c, d, e] = shape.exec(text) ?? [];
  if (a === undefined || d === undefined || e === undefined) return null;
  const read = (digits: string): number => Number.parseInt(digits, 16) | 0;
  const words: Words = [read(a), read(`${b}${c}`), read(`${d}${e.slice(0, 4)}`) & 0x3fffffff, read(e.slice(4))];
  const [timeLow, high, middle, low] = unmixed(unmixed(words, 4), 0);
  const code = (middle >>> 12) & 63;
  if (code > letters.length) return null;
  return {
    time: (high >>> 18) * 2 ** 32 + (timeLow >>> 0),
    rest: (high & 0x3ffff) * 2 ** 12 + (middle >>> 18),
    code: letters.charAt(code - 1),
    n: (middle & 0xfff) * 2 ** 32 + (low >>> 0),
  };
}

/** Whether what a UUID holds is of a run. Of others' UUIDs one in 2^72 looks so. */
export function isOfTag({ time, rest }: TagBits, runTag: string): boolean {
  const own = bitsOfTag(runTag);
  return own.time === time && own.rest === rest;
}
