import { isElsewhere } from '../../contract/plan/elsewhere.ts';
import { keyLifeOf } from '../../contract/profile/key-life.ts';
import type { TargetProfile } from '../../contract/profile/profile.ts';
import type { Ledger } from '../journal/ledger.ts';
import { none } from '../journal/ledger-rows.ts';

/** Requests of one webhook that got the same answer, byte for byte, in order of sending. */
interface Group {
  readonly webhook: number;
  readonly rows: number[];
  readonly signals: Set<number>;
  isOnOneWebhook: boolean;
}

/** With fewer different answers nothing says that they are usually unlike. */
const minGroups = 10;
/** And with fewer shared ones a chance would explain them. */
const minShared = 3;
/** A second, by which an answer may tell the time; so many parts of it are looked at. */
const clockUs = 1e6;
const clockParts = 20;

/**
 * Requests that were answered with the answer to another signal: the target took the two for one, whose key is coarser than
 * declared. Where read-back is complete, there are no more effects than different answers. Else only where nothing harmless
 * explains equal answers:
 * - a constant, or what depends on few things, comes again on other webhooks, or long after;
 * - a time in whole seconds changes on all webhooks at one place of the second; shared answers lie across every place.
 * @returns by row, 1 for the same answer to the same signal, 2 for that of another; null where answers do not tell.
 */
export function borrowedAnswers(ledger: Ledger, { idempotency }: TargetProfile): ReadonlyMap<number, 1 | 2> | null {
  if (idempotency.kind !== 'ttl') return null;
  const isRead = isReadBack(ledger);
  const groups = [...groupsOf(ledger, isRead).values()];
  const shared = groups.filter(({ signals }) => signals.size > 1);
  if (groups.length < minGroups || shared.length < minShared) return null;
  if (!shared.every((group) => isOfOneKey(ledger, group, keyLifeOf(idempotency).maxMs * 1000))) return null;
  if (isRead ? effectsOf(ledger, groups) > groups.length : isByTheClock(ledger, shared)) return null;
  const found = new Map<number, 1 | 2>();
  const owned = new Map<number, number>();
  for (const group of groups) {
    const owner = ownerOf(ledger, group, owned);
    owned.set(owner, (owned.get(owner) ?? 0) + 1);
    const seen = new Set<number>();
    for (const at of group.rows) {
      const signal = ledger.signalOf(at);
      if (signal !== owner) found.set(at, 2);
      else if (seen.has(signal)) found.set(at, 1);
      seen.add(signal);
    }
  }
  return found;
}

/** What was processed of every webhook is known. */
function isReadBack(ledger: Ledger): boolean {
  return [...ledger.signalsByWebhook().keys()].every((webhook) => ledger.isReadBack(webhook));
}

/** @param byWebhook an answer may be unlike others on its own webhook alone, such as the number of a signal there. */
function groupsOf(ledger: Ledger, byWebhook: boolean): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  for (const [webhook, rows] of ledger.signalsByWebhook()) {
    for (const at of rows) {
      const hash = ledger.answerHashOf(at);
      const signal = ledger.signalOf(at);
      if (hash === 0 || signal === none || ledger.recordedOutcomeOf(at) !== 'accepted') continue;
      // An answer may tell the id, which two webhooks got; what the probe shows is judged by itself.
      if (isElsewhere(ledger.roleOf(at))) continue;
      const key = byWebhook ? `${hash} ${webhook}` : String(hash);
      const group = groups.get(key) ?? { webhook, rows: [], signals: new Set<number>(), isOnOneWebhook: true };
      groups.set(key, group);
      if (group.webhook !== webhook) group.isOnOneWebhook = false;
      group.rows.push(at);
      group.signals.add(signal);
    }
  }
  return groups;
}

/** One webhook, within twice the TTL. */
function isOfOneKey(ledger: Ledger, { rows, isOnOneWebhook }: Group, ttlUs: number): boolean {
  const [first] = rows;
  const last = rows.at(-1);
  if (first === undefined || last === undefined) return false;
  return isOnOneWebhook && ledger.sendUs(last) - ledger.endUs(first) <= 2 * ttlUs;
}

/** Whether all of them fit between the ticks of one clock of whole seconds. */
function isByTheClock(ledger: Ledger, groups: readonly Group[]): boolean {
  const isCrossed = new Array<boolean>(clockParts).fill(false);
  for (const { rows } of groups) {
    const [first] = rows;
    const last = rows.at(-1);
    if (first === undefined || last === undefined) continue;
    for (let part = 0; part < clockParts; part += 1) {
      const offset = (part * clockUs) / clockParts;
      const tickOf = (us: number): number => Math.floor((us - offset) / clockUs);
      if (tickOf(ledger.endUs(first)) < tickOf(ledger.sendUs(last))) isCrossed[part] = true;
    }
  }
  return !isCrossed.every((crossed) => crossed);
}

function effectsOf(ledger: Ledger, groups: readonly Group[]): number {
  const signals = new Set(groups.flatMap((group) => [...group.signals]));
  return [...signals].reduce((sum, signal) => sum + ledger.effects(signal), 0);
}

/**
 * The signal that was processed: the first with an effect that is not yet another answer's, else the first of all.
 * @param owned how many answers each signal has so far.
 */
function ownerOf(ledger: Ledger, { rows }: Group, owned: ReadonlyMap<number, number>): number {
  const signals = rows.map((at) => ledger.signalOf(at));
  return signals.find((signal) => ledger.effects(signal) > (owned.get(signal) ?? 0)) ?? signals[0] ?? none;
}
