import { identifyingField } from '../profile/identifying-field.ts';
import type { TargetProfile } from '../profile/profile.ts';
import { elsewhereRoleOf, isOneSignal } from './elsewhere.ts';
import { carries, idTemplate, withoutSurroundings } from './id-template.ts';
import { roles } from './roles.ts';
import { isOfTag, makeUuid, maxUuidNumber, uuidParts } from './signal-uuid.ts';

// The one module that makes and reads the ids of signals. An id is `<run tag>-<code><n>`: the code says which phase it is of
// (roles.ts), n which of its signals. Two signals that share an id, because they differ in another field that identifies them, are
// told apart in the ledger by `~<ticker>` after it; if they differ in the webhook alone, by `~@<webhook>`. A target whose ids are numbers gets one made of 25 bits of the run tag, 5 of
// the code and 23 of n: 53 bits, exact in JSON, and read back into the same id. One whose ids are UUIDs gets what signal-uuid.ts makes.

/** What makes the signals of one run unlike those of any other. */
export const newRunTag = (): string => `${Date.now().toString(36)}${Math.floor(Math.random() * 1e9).toString(36)}`;

const dayMs = 86_400_000;

/** Checks send a handful of signals: cli/doctor/signal-checks.ts. */
const maxCheckNumber = 100;

/**
 * Whether it is the id of a signal that checks before load send: of no phase, its tag made within the day before. A tag begins with
 * its time. Of other words of that length one in 30,000 looks like such a tag.
 */
export function isOfCheck(id: string, beforeMs: number): boolean {
  const [, time] = /^([0-9a-z]{8})[0-9a-z]{1,6}-\d+$/.exec(id) ?? [];
  const madeMs = time === undefined ? uuidMadeMs(id) : Number.parseInt(time, 36);
  if (madeMs === null) return false;
  const agoMs = beforeMs - madeMs;
  return agoMs >= 0 && agoMs < dayMs;
}

/** When the run tag in a UUID of no phase was made; null for other texts. */
function uuidMadeMs(text: string): number | null {
  const parts = uuidParts(text);
  return parts === null || parts.code !== '' || parts.n > maxCheckNumber ? null : parts.time;
}

export interface SignalId {
  readonly runTag: string;
  /** Empty in ids that no phase of ours has made. */
  readonly code: string;
  readonly n: number;
  /** The ticker or webhook, if signals share the id; else null. */
  readonly variant: string | null;
}

const shape = /^(.+)-([A-Za-z]?)(\d+)(?:~(.*))?$/;

/** Ids that are numbers have room for so many signals under one code. */
export const maxNumber = 2 ** 23;

export function makeSignalId({
  runTag,
  code,
  n,
  variant = null,
}: Omit<SignalId, 'variant'> & { readonly variant?: string | null }): string {
  return `${runTag}-${code}${n}${variant === null ? '' : `~${variant}`}`;
}

/** Null for an id of another shape. */
export function parseSignalId(id: string): SignalId | null {
  const [, runTag, code, digits, variant = null] = shape.exec(id) ?? [];
  if (runTag === undefined || code === undefined) return null;
  return { runTag, code, n: Number(digits), variant };
}

/** What tells a signal from that of the same id on another webhook. No ticker begins with it. */
export const onWebhook = (index: number): string => `@${index}`;

/** The id as the target got it, without what tells signals apart that share it. */
export function sharedId(id: string): string {
  const parsed = parseSignalId(id);
  return parsed === null ? id : makeSignalId({ ...parsed, variant: null });
}

/** The id without its variant, written in some way, and in words what tells the signal from the other that shares it. */
function nameOf(id: string, variant: string | null, written = (shared: string): string => shared): string {
  if (variant === null) return written(id);
  const which = variant.startsWith('@') ? `webhook ${variant.slice(1)}` : variant;
  return `${written(id.slice(0, -variant.length - 1))} (${which})`;
}

/** The id, and in words what tells the signal from the other that shares it. */
export const sentName = (id: string): string => nameOf(id, parseSignalId(id)?.variant ?? null);

/** FNV-1a, folded to 25 bits. http://www.isthe.com/chongo/tech/comp/fnv/ */
function bitsOf(runTag: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < runTag.length; at += 1) hash = Math.imul(hash ^ runTag.charCodeAt(at), 0x01000193);
  return ((hash >>> 25) ^ hash) & 0x1ffffff;
}

/** No letter is 0, a to z are 1 to 26, A to E are 27 to 31. */
const codeLetters = 'abcdefghijklmnopqrstuvwxyzABCDE';

/** The number that stands for a signal. Throws for an id of another shape, and beyond `maxNumber`: plans are checked for both. */
export function numberOf(id: string): number {
  const parsed = parseSignalId(id);
  if (parsed === null || parsed.n >= maxNumber) throw new Error(`${id} is not a <run tag>-<code><n>`);
  const { runTag, code, n } = parsed;
  return (bitsOf(runTag) * 32 + (code === '' ? 0 : codeLetters.indexOf(code) + 1)) * maxNumber + n;
}

function idOfNumber(number: number, runTag: string): string | null {
  const run = Math.floor(number / (32 * maxNumber));
  if (!Number.isSafeInteger(number) || run !== bitsOf(runTag)) return null;
  const code = Math.floor(number / maxNumber) % 32;
  return makeSignalId({ runTag, code: codeLetters.charAt(code - 1), n: number % maxNumber });
}

/** The UUID that stands for a signal. Throws as `numberOf` does, but only beyond what any plan holds. */
export function uuidOf(id: string): string {
  const parsed = parseSignalId(id);
  if (parsed === null) throw new Error(`${id} is not a <run tag>-<code><n>`);
  return makeUuid(parsed.runTag, parsed.code, parsed.n);
}

function idOfUuid(text: string, runTag: string): string | null {
  const parts = uuidParts(text);
  return parts === null || !isOfTag(parts, runTag) ? null : makeSignalId({ runTag, code: parts.code, n: parts.n });
}

/** Whether the target's requests carry the number of a signal. */
export const usesNumbers = (profile: TargetProfile): boolean => carries(profile, 'n');

/** How signals are named to people, who look them up in what the target keeps: by the id as the requests carry it. */
export function sentNames(profile: TargetProfile): (id: string) => string {
  const { before, after, word } = idTemplate(profile);
  return (id) => {
    const parsed = parseSignalId(id);
    // An id of another sender's is named as it was read back.
    if (parsed === null) return id;
    const { n, variant } = parsed;
    const sent = (shared: string): string => {
      if (word === 'n' && n < maxNumber) return String(numberOf(id));
      return word === 'uuid' && n < maxUuidNumber ? uuidOf(id) : shared;
    };
    return nameOf(id, variant, (shared) => `${before}${sent(shared)}${after}`);
  };
}

/**
 * How the ids that a target reads back are turned into those of the ledger.
 * @returns a function of the id as read back, further fields of the item by name, the tag of this run, and the webhook that
 *   was asked, if one was. Ids that two signals share get the ticker or webhook, in which these differ.
 */
export function ledgerIds(profile: TargetProfile) {
  const template = idTemplate(profile);
  const ofUuids = idTemplate(profile, ['uuid']);
  const hasNumbers = template.word !== 'id' && usesNumbers(profile);
  const ticker = identifyingField(profile, 'ticker');
  return (
    raw: string,
    other: (name: string) => string | null,
    runTag: string,
    webhook: number | null = null,
  ): string => {
    const variantOf = (code: string): string | null => {
      if (code === roles['idempotency.distinct-ticker'].code) return ticker === null ? null : other(ticker);
      const role = elsewhereRoleOf(code);
      return role !== null && webhook !== null && !isOneSignal(role, profile) ? onWebhook(webhook) : null;
    };
    const text = withoutSurroundings(raw, template);
    const number = hasNumbers ? idOfNumber(Number(text), runTag) : null;
    const id = number ?? idOfUuid(withoutSurroundings(raw, ofUuids), runTag) ?? text;
    const parsed = parseSignalId(id);
    const variant = parsed === null || parsed.variant !== null ? null : variantOf(parsed.code);
    return parsed === null || variant === null ? id : makeSignalId({ ...parsed, variant });
  };
}
