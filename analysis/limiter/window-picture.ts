import { duration } from '../../contract/report/figures.ts';
import type { WindowPicture } from '../../contract/report/pictures.ts';
import { drawnRequests, msFrom, secondsFrom } from '../interpret/drawn-requests.ts';
import { usesQuota } from '../interpret/quota-use.ts';
import { counted as countedWords } from '../words.ts';
import type { Burst } from './bounds.ts';
import type { JudgedCount } from './judged-count.ts';

// The span of time that decided, for each sort of contradiction. They are made only for the few that are shown.

interface Decided {
  /** The window that is shaded. */
  readonly fromUs: number;
  readonly toUs: number;
  readonly label: string;
  readonly title: string;
  readonly allowed: number | null;
  readonly counted: number;
  /** What is wrong, by ledger index. */
  readonly marks: ReadonlyMap<number, string>;
  /** The instant that it links to. */
  readonly atUs: number;
}

function windowPicture({ ledger, indices, place, startedAtUs }: JudgedCount, decided: Decided): WindowPicture {
  const { fromUs, toUs, label, title, allowed, counted, marks, atUs } = decided;
  const touching = indices.filter((at) => ledger.endUs(at) >= fromUs && ledger.sendUs(at) <= toUs);
  return {
    kind: 'window',
    title: `${place}: ${title}`,
    atSeconds: secondsFrom(atUs, startedAtUs),
    window: { fromMs: msFrom(fromUs, atUs), toMs: msFrom(toUs, atUs), label },
    ...{ allowed, counted },
    ...drawnRequests(ledger, touching, atUs, marks),
  };
}

const none: ReadonlyMap<number, string> = new Map();

/** More admitted within a span than any limiter of the kind admits. The first answer that makes it certain is marked. */
export function excessPicture(
  count: JudgedCount,
  burst: Burst,
  { spanMs, bound }: { readonly spanMs: number; readonly bound: number },
): WindowPicture {
  const { ledger, indices, profile } = count;
  const { fromUs, toUs, count: inside } = burst;
  const admitted = [...indices]
    .filter((at) => ledger.sendUs(at) >= fromUs && ledger.endUs(at) <= toUs && usesQuota(ledger, at, profile) === 'yes')
    .sort((a, b) => ledger.endUs(a) - ledger.endUs(b));
  const tooMany = admitted[bound];
  return windowPicture(count, {
    fromUs,
    toUs: Math.max(toUs, fromUs + spanMs * 1000),
    label: duration(spanMs),
    title: `${inside} admitted within ${duration(spanMs)}, at most ${bound} are allowed`,
    allowed: bound,
    counted: inside,
    marks: tooMany === undefined ? none : new Map([[tooMany, `one too many: ${bound + 1} of ${bound}`]]),
    atUs: fromUs,
  });
}

/** A refusal although there was room. */
export function refusedPicture(
  count: JudgedCount,
  index: number,
  { isRepeat, counted }: { readonly isRepeat: boolean; readonly counted: number },
): WindowPicture {
  const { ledger, limiter } = count;
  const sendUs = ledger.sendUs(index);
  const room = `${counted} of ${limiter.limit} counted`;
  return windowPicture(count, {
    fromUs: sendUs - limiter.windowMs * 1000,
    toUs: ledger.endUs(index),
    label: duration(limiter.windowMs),
    title: isRepeat
      ? 'a repeat was throttled, which is recognized before the limiter'
      : `throttled although capacity was available: at most ${room} in the ${duration(limiter.windowMs)} before`,
    allowed: isRepeat ? null : limiter.limit,
    counted,
    marks: new Map([[index, isRepeat ? 'throttled: a repeat' : `throttled: ${room}`]]),
    atUs: sendUs,
  });
}

/** Something admitted while all is refused. */
export function admittedInPenaltyPicture(count: JudgedCount, refused: number, admitted: number): WindowPicture {
  const { ledger, limiter } = count;
  const fromUs = ledger.endUs(refused);
  const penaltyMs = limiter.penaltyMs ?? 0;
  return windowPicture(count, {
    fromUs,
    toUs: fromUs + penaltyMs * 1000,
    label: `penalty time of ${duration(penaltyMs)}`,
    title: `admitted in the penalty time of ${duration(penaltyMs)} after a refusal`,
    allowed: 0,
    counted: 1,
    marks: new Map([[admitted, 'within the penalty time']]),
    atUs: fromUs,
  });
}

/** A stretch that no place of the limiter's windows explains. */
export function stretchPicture(
  count: JudgedCount,
  { fromUs, toUs }: { readonly fromUs: number; readonly toUs: number },
  what: string,
): WindowPicture {
  const { ledger, indices, profile, limiter } = count;
  const admitted = indices.filter(
    (at) => ledger.sendUs(at) >= fromUs && ledger.endUs(at) <= toUs && usesQuota(ledger, at, profile) === 'yes',
  ).length;
  return windowPicture(count, {
    ...{ fromUs, toUs, atUs: fromUs },
    label: `${limiter.limit} per ${duration(limiter.windowMs)}; ${countedWords(admitted, 'request')} admitted here`,
    title: what,
    allowed: null,
    counted: admitted,
    marks: none,
  });
}
