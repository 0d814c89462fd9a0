import type { DeclaredLimit } from '../../../contract/profile/declared-limits.ts';
import { maxShownUs, minShownUs } from '../tolerance.ts';
import { type Certainty, type CountedTimes, countBelow, type LimiterModel, wholeWindows } from './model.ts';

/** What counts against a request was counted at most W before it, so fewer than N possible ones are proof. */
export function roomByWindow(
  { ends }: CountedTimes,
  { limit, windowMs }: DeclaredLimit,
  asked: number,
): Certainty | null {
  const left = limit - asked * (1 + Math.ceil(windowMs / 1000));
  if (left < 1) return null;
  return ({ sendUs, begun }) => begun - countBelow(ends, sendUs - maxShownUs(windowMs * 1000)) < left;
}

/** At most N in any window of length W: N·⌈T/W⌉. */
export const sliding: LimiterModel = {
  maxAdmitted: ({ limit, windowMs }, spanMs) => limit * Math.ceil(spanMs / windowMs),
  spansInWindows: wholeWindows,
  isBucket: false,
  mayHaveEdgesInside: false,
  atOnce: ({ limit }) => limit,
  memoryMs: ({ windowMs }) => windowMs,
  room: roomByWindow,
  full({ sends, ends }, { limit, windowMs }) {
    const windowUs = windowMs * 1000;
    return ({ sendUs, endUs }) => countBelow(ends, sendUs) - countBelow(sends, endUs - minShownUs(windowUs)) >= limit;
  },
};
