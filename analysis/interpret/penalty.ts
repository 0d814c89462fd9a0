import { pathsAsked } from '../../contract/plan/limits.ts';
import { limitsOf } from '../../contract/profile/declared-limits.ts';
import type { Ledger } from '../journal/ledger.ts';
import { countBelow, mapped } from '../statistics.ts';
import { weightedPolls } from './kinds/weighted.ts';
import { decidedByUs, isSharedLimit, type LimitedCount, mayTakePlace, usesQuota } from './quota-use.ts';
import { clockLagUs, maxShownUs, minShownUs, toleranceUs } from './tolerance.ts';
import { penaltySlack } from './whole-second-penalty.ts';

/** Some write the block after they have answered, or end it by a timer: it may last so much longer. */
const lateUs = 10_000;

/** How long a penalty time may last, as the generator's clock shows it. */
export const maxPenaltyUs = ({ ledger, profile, limiter }: LimitedCount, penaltyMs: number): number =>
  maxShownUs(penaltyMs * 1000 + penaltySlack(ledger, profile, limiter).longerUs, clockLagUs(limiter)) + lateUs;

/**
 * Takes away the room of what may have been decided in a penalty time. It begins with a refusal that a limit may explain: one that no limit
 * explains was itself refused in a penalty time, and so was one that surely came in another's. These begin none, unless each refusal does.
 */
export function clearPenalized(room: Uint8Array, count: LimitedCount): void {
  const { limiter } = count;
  if (limiter.penaltyMs === undefined) return;
  const lastsUs = maxPenaltyUs(count, limiter.penaltyMs);
  const isProlonged = limiter.penaltyProlonged === true;
  clearAfter(room, count, mayBeginPenalty(room, count, limiter.penaltyMs), { lastsUs, isProlonged });
}

/** The same of a weighted counter that may refuse all to the end of the window in which it was full. */
export function clearRefusedOn(room: Uint8Array, count: LimitedCount): void {
  const { ledger, indices, limiter } = count;
  if (limiter.refusesToEnd !== true) return;
  const refusals = indices.filter((at, n) => room[n] === 0 && mayBeRefused(ledger.outcomeOf(at)));
  const lastsUs = maxShownUs(limiter.windowMs * 1000, clockLagUs(limiter));
  clearAfter(room, count, refusals, { lastsUs, isProlonged: false });
  clearRefusedByPolls(room, count);
}

/** What refuses to the end of a window may have begun with a request of the monitor, in any window in which the counter can have been full. */
function clearRefusedByPolls(room: Uint8Array, { profile, limiter, ledger, indices }: LimitedCount): void {
  const asked = pathsAsked(profile, limiter);
  if (asked === 0) return;
  const left = limiter.limit - weightedPolls(asked, limiter.windowMs);
  const rows = indices.filter((at) => mayTakePlace(ledger, at, profile));
  const sends = mapped(rows, (at) => ledger.sendUs(at)).sort();
  const ends = mapped(rows, (at) => decidedByUs(ledger, at)).sort();
  // It counts two windows, and goes on for one.
  const memoryUs = maxShownUs(3 * limiter.windowMs * 1000, clockLagUs(limiter));
  indices.forEach((at, n) => {
    const counted = countBelow(sends, ledger.endUs(at) + toleranceUs) - countBelow(ends, ledger.sendUs(at) - memoryUs);
    if (counted >= left) room[n] = 0;
  });
}

interface Lasting {
  readonly lastsUs: number;
  /** What may have been refused meanwhile begins it anew. */
  readonly isProlonged: boolean;
}

function clearAfter(
  room: Uint8Array,
  count: LimitedCount,
  began: Uint32Array,
  { lastsUs, isProlonged }: Lasting,
): void {
  const { ledger, indices } = count;
  let untilUs = isOthersToo(count) ? ledger.sendUs(indices[0] ?? 0) + lastsUs : Number.NEGATIVE_INFINITY;
  const refusals = began.sort((a, b) => ledger.sendUs(a) - ledger.sendUs(b));
  let next = 0;
  for (let n = 0; n < indices.length; n += 1) {
    const at = indices[n] ?? 0;
    let ownUntilUs = untilUs;
    for (; next < refusals.length; next += 1) {
      const refused = refusals[next] ?? 0;
      if (ledger.sendUs(refused) > ledger.endUs(at) + toleranceUs) break;
      ownUntilUs = Math.max(ownUntilUs, decidedByUs(ledger, refused) + lastsUs);
      if (refused !== at) untilUs = ownUntilUs;
    }
    if (ledger.sendUs(at) <= untilUs) {
      room[n] = 0;
      if (isProlonged && mayBeRefused(ledger.outcomeOf(at)))
        ownUntilUs = Math.max(ownUntilUs, decidedByUs(ledger, at) + lastsUs);
    }
    untilUs = ownUntilUs;
  }
}

/** Rows before the ledger began, or of others, may be the reason of a refusal. */
const isOthersToo = ({ profile, limiter }: LimitedCount): boolean =>
  profile.provisioning.kind === 'given' || isSharedLimit(limiter);

/** What got no answer may have been refused. */
export function mayBeRefused(outcome: string): boolean {
  return outcome === 'limited' || outcome === 'timeout' || outcome === 'failed';
}

/** Whether the monitor asks under a limit: what of it is refused is in no ledger, and may begin a penalty time. */
const isAskedToo = ({ profile, limiter }: LimitedCount): boolean =>
  limitsOf(limiter).some((limit) => pathsAsked(profile, limit) > 0);

/** @param room by the limits alone. */
function mayBeginPenalty(room: Uint8Array, count: LimitedCount, penaltyMs: number): Uint32Array {
  const { limiter, ledger, indices } = count;
  const isUnseen = isAskedToo(count);
  // A refusal that no limit explains is no sure beginning either.
  const starts = limiter.penaltyProlonged === true ? [] : sureStarts(count, penaltyMs).filter(({ n }) => room[n] === 0);
  const sure = new SurePenalties(count, starts, penaltyMs);
  return indices.filter((at, n) => {
    const isInside = sure.around(at) !== null;
    const outcome = ledger.outcomeOf(at);
    if (!mayBeRefused(outcome)) return false;
    // Nobody knows when what got no answer was decided.
    if (isUnseen || outcome !== 'limited') return true;
    return room[n] === 0 && !isInside;
  });
}

/** A refusal in a penalty time, or at its beginning, of which it is sure that it began no sooner than at an instant. */
interface Start {
  /** Its row, and its place among the requests. */
  readonly at: number;
  readonly n: number;
  readonly sinceUs: number;
}

/**
 * A penalty time began no sooner than the last request that was admitted before the refusal was sent: nothing is admitted in it. A refusal surely
 * begins one if none before it can have begun one that still lasted, or, where each prolongs it, always. Some count it from the last request
 * that they admitted (Rack::Attack's Allow2Ban): it may be over that much earlier.
 */
function sureStarts(count: LimitedCount, penaltyMs: number): readonly Start[] {
  const { limiter, ledger, indices } = count;
  const { penaltyProlonged = false } = limiter;
  const lastsUs = maxPenaltyUs(count, penaltyMs);
  const isUnseen = isAskedToo(count);
  const admissions = new Admissions(count);
  let mayLastUntilUs = isOthersToo(count) ? ledger.sendUs(indices[0] ?? 0) + lastsUs : Number.NEGATIVE_INFINITY;
  let lastAdmittedUs = Number.POSITIVE_INFINITY;
  const starts: Start[] = [];
  for (const [n, at] of indices.entries()) {
    const sendUs = ledger.sendUs(at);
    if (!mayBeRefused(ledger.outcomeOf(at))) {
      lastAdmittedUs = sendUs;
      continue;
    }
    const isFirst = !isUnseen && sendUs > mayLastUntilUs;
    if (ledger.outcomeOf(at) === 'limited') {
      const firstUs = isFirst ? Math.min(sendUs, lastAdmittedUs) : Number.NEGATIVE_INFINITY;
      const sinceUs = penaltyProlonged && !isFirst ? sendUs : Math.max(firstUs, admissions.lastSentUs(sendUs));
      if (Number.isFinite(sinceUs)) starts.push({ at, n, sinceUs });
    }
    mayLastUntilUs = Math.max(mayLastUntilUs, decidedByUs(ledger, at) + lastsUs);
  }
  return starts;
}

/** What the limiter surely admitted, along instants in order of time. A forged address may have a count of its own. */
class Admissions {
  private readonly ledger: Ledger;
  private readonly byEnd: Uint32Array;
  private next = 0;
  private sentUs = Number.NEGATIVE_INFINITY;

  constructor({ ledger, indices, profile }: LimitedCount) {
    this.ledger = ledger;
    const admitted = indices.filter(
      (at) => usesQuota(ledger, at, profile) === 'yes' && ledger.roleOf(at) !== 'limiter.forwarded',
    );
    this.byEnd = admitted.sort((a, b) => ledger.endUs(a) - ledger.endUs(b));
  }

  /** When the last of those that were answered before was sent. */
  lastSentUs(beforeUs: number): number {
    for (; this.next < this.byEnd.length; this.next += 1) {
      const at = this.byEnd[this.next] ?? 0;
      if (this.ledger.endUs(at) >= beforeUs) break;
      this.sentUs = Math.max(this.sentUs, this.ledger.sendUs(at));
    }
    return this.sentUs;
  }
}

/** Penalty times that surely lasted, along requests in order of sending. */
class SurePenalties {
  private readonly count: LimitedCount;
  private readonly starts: readonly Start[];
  private readonly lastsUs: number;
  private next = 0;
  private began: Start | null = null;

  constructor(count: LimitedCount, starts: readonly Start[], penaltyMs: number) {
    this.count = count;
    this.starts = starts;
    const { ledger, profile, limiter } = count;
    this.lastsUs = minShownUs(penaltyMs * 1000 - penaltySlack(ledger, profile, limiter).shorterUs, clockLagUs(limiter));
  }

  /** The one in which the request was surely decided, by its first refusal; null if there is none. */
  around(at: number): Start | null {
    const { ledger } = this.count;
    for (; this.next < this.starts.length; this.next += 1) {
      const start = this.starts[this.next];
      if (start === undefined || ledger.endUs(start.at) >= ledger.sendUs(at)) break;
      if (this.began === null || start.sinceUs > this.began.sinceUs) this.began = start;
    }
    const { began } = this;
    return began !== null && ledger.endUs(at) < began.sinceUs + this.lastsUs ? began : null;
  }
}

/** A request admitted in the time in which everything is refused. */
export interface AdmittedInPenalty {
  /** A refusal in it, and how early it may have begun. */
  readonly refused: number;
  readonly sinceUs: number;
  readonly admitted: number;
}

/**
 * Requests that were surely decided in a penalty time, and admitted.
 * @param isAdmitted whether the limiter surely let it pass.
 */
export function admittedInPenalty(
  count: LimitedCount,
  isAdmitted: (at: number) => boolean,
): readonly AdmittedInPenalty[] {
  const { limiter, indices } = count;
  if (limiter.penaltyMs === undefined) return [];
  const sure = new SurePenalties(count, sureStarts(count, limiter.penaltyMs), limiter.penaltyMs);
  const found: AdmittedInPenalty[] = [];
  for (const at of indices) {
    const start = sure.around(at);
    if (start !== null && isAdmitted(at)) found.push({ refused: start.at, sinceUs: start.sinceUs, admitted: at });
  }
  return found;
}
