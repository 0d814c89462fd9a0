import { pathsAsked } from '../../contract/plan/limits.ts';
import { type DeclaredLimit, limitsOf } from '../../contract/profile/declared-limits.ts';
import type { Ledger } from '../journal/ledger.ts';
import { countBelow, mapped } from '../statistics.ts';
import type { CountedTimes } from './kinds/model.ts';
import { modelOf } from './kinds/models.ts';
import { clearPenalized, clearRefusedOn } from './penalty.ts';
import { allBySending, decidedByUs, isSharedLimit, type LimitedCount, mayTakePlace, usesQuota } from './quota-use.ts';
import { toleranceUs } from './tolerance.ts';

/** For each of the indices 1 or 0. `more` are rows of the ledger that this limit may have counted although they were refused. */
type OfOneLimit = (limit: DeclaredLimit, count: LimitedCount, more: Uint8Array | null) => Uint8Array;

/** Requests that the limiter admits even if each that can have been counted was: 1 where every limit surely has room. */
export function surelyRoom(count: LimitedCount): Uint8Array {
  const limits = limitsOf(count.limiter);
  let rooms = limits.map((limit) => underScope(limit, count, roomOf));
  // What one limit refuses another may have counted, and have less room: until nothing changes.
  for (let changes = limits.length > 1; changes; ) {
    const before = rooms;
    rooms = limits.map((limit, n) => underScope(limit, count, roomOf, refusedByOthers(count, before, n)));
    changes = rooms.some((room, n) => room.some((has, at) => has !== before[n]?.[at]));
  }
  const room = Uint8Array.from(count.indices, (_, n) => (rooms.every((each) => each[n] === 1) ? 1 : 0));
  clearRefusedOn(room, count);
  clearPenalized(room, count);
  return room;
}

/** Rows that were refused where some limit other than the n-th may have been full. */
function refusedByOthers({ ledger, indices }: LimitedCount, rooms: readonly Uint8Array[], n: number): Uint8Array {
  const refused = new Uint8Array(ledger.length);
  indices.forEach((at, place) => {
    if (ledger.outcomeOf(at) !== 'limited') return;
    if (rooms.some((room, other) => other !== n && room[place] === 0)) refused[at] = 1;
  });
  return refused;
}

/** Requests that the limiter refuses, by the sure ones alone: 1 where some limit surely has no room. */
export function surelyFull(count: LimitedCount): Uint8Array {
  const full = new Uint8Array(count.indices.length);
  for (const limit of limitsOf(count.limiter)) {
    underScope(limit, count, fullOf).forEach((is, n) => {
      if (is === 1) full[n] = 1;
    });
  }
  return full;
}

/** Works it out over the requests that share the limit's own count, which may be more or fewer than those of the first limit. */
function underScope(
  limit: DeclaredLimit,
  count: LimitedCount,
  of: OfOneLimit,
  more: Uint8Array | null = null,
): Uint8Array {
  const { limiter, ledger, indices } = count;
  if (isSharedLimit(limit) === isSharedLimit(limiter)) return of(limit, count, more);
  const groups = isSharedLimit(limit) ? [allBySending(ledger)] : [...ledger.signalsByWebhook().values()];
  // What belongs to no webhook has no limit of one.
  const byRow = new Uint8Array(ledger.length).fill(of === roomOf ? 1 : 0);
  for (const group of groups) {
    of(limit, { ...count, indices: group }, more).forEach((value, n) => {
      byRow[group[n] ?? 0] = value;
    });
  }
  return Uint8Array.from(indices, (at) => byRow[at] ?? 0);
}

function timesOf(ledger: Ledger, indices: Uint32Array, endUs: (at: number) => number): CountedTimes {
  return { sends: mapped(indices, (at) => ledger.sendUs(at)), ends: mapped(indices, endUs).sort() };
}

function roomOf(limit: DeclaredLimit, count: LimitedCount, more: Uint8Array | null): Uint8Array {
  const { profile, ledger, indices, isAsked } = count;
  const model = modelOf(limit);
  const asked = pathsAsked(profile, limit);
  const isConcurrent = limit.kind === 'concurrent';
  // What is refused is in the server for a moment, too.
  const isCounted = (at: number): boolean =>
    (isConcurrent && !ledger.isUnsent(at)) || more?.[at] === 1 || mayTakePlace(ledger, at, profile);
  const endUs = (at: number): number =>
    isConcurrent && usesQuota(ledger, at, profile) === 'maybe'
      ? Math.max(ledger.endUs(at), ledger.sendUs(at) + limit.windowMs * 1000)
      : ledger.endUs(at);
  const byUs = (at: number): number => Math.max(endUs(at), decidedByUs(ledger, at));
  const rows = indices.filter(isCounted);
  const counted = timesOf(ledger, rows, endUs);
  const room = new Uint8Array(indices.length);
  const has = model.room(counted, limit, asked);
  // What is counted after its end excuses a refusal. Who answers nothing at all has no excuse in what it did not answer before.
  const isLate = rows.some((at) => byUs(at) > endUs(at));
  const hasForRefused = isLate ? model.room(timesOf(ledger, rows, byUs), limit, asked) : has;
  if (has === null || hasForRefused === null) return room;
  // Whatever came before the ledger began can still be counted where the webhooks, or the count, are not its own.
  const isOthersToo = profile.provisioning.kind === 'given' || isSharedLimit(limit);
  const blindUntilUs = isOthersToo ? ledger.sendUs(indices[0] ?? 0) + model.memoryMs(limit, asked) * 1000 : 0;
  for (let n = 0; n < indices.length; n += 1) {
    const at = indices[n] ?? 0;
    if (isAsked !== undefined && !isAsked(at)) continue;
    const sendUs = ledger.sendUs(at);
    const itself = isCounted(at) ? 1 : 0;
    const begun = countBelow(counted.sends, ledger.endUs(at) + toleranceUs) - itself;
    const isRoom = ledger.outcomeOf(at) === 'limited' ? hasForRefused : has;
    if (isRoom({ sendUs, endUs: ledger.endUs(at), begun }) && sendUs >= blindUntilUs) room[n] = 1;
  }
  return room;
}

function fullOf(limit: DeclaredLimit, { profile, ledger, indices }: LimitedCount): Uint8Array {
  const full = new Uint8Array(indices.length);
  const sure = indices.filter((at) => usesQuota(ledger, at, profile) === 'yes');
  const is = modelOf(limit).full(
    timesOf(ledger, sure, (at) => ledger.endUs(at)),
    limit,
  );
  if (is === null) return full;
  for (let n = 0; n < indices.length; n += 1) {
    const at = indices[n] ?? 0;
    if (is({ sendUs: ledger.sendUs(at), endUs: ledger.endUs(at), begun: 0 })) full[n] = 1;
  }
  return full;
}
