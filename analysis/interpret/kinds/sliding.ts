import { pollsWithin } from '../../../contract/plan/limits.ts';
import type { DeclaredLimit } from '../../../contract/profile/declared-limits.ts';
import { countBelow } from '../../statistics.ts';
import { clockLagUs, maxShownUs, minShownUs } from '../tolerance.ts';
import { type Certainty, type CountedTimes, type LimiterModel, wholeWindows } from './model.ts';

/** What counts against a request was counted at most W before it, so fewer than N possible ones are proof. */
export function roomByWindow({ ends }: CountedTimes, declared: DeclaredLimit, asked: number): Certainty | null {
  const { limit, windowMs } = declared;
  const left = limit - pollsWithin(asked, windowMs);
  if (left < 1) return null;
  const windowUs = maxShownUs(windowMs * 1000, clockLagUs(declared));
  return ({ sendUs, begun }) => begun - countBelow(ends, sendUs - windowUs) < left;
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
  full({ sends, ends }, declared) {
    const { limit, windowMs } = declared;
    const windowUs = minShownUs(windowMs * 1000, clockLagUs(declared));
    return ({ sendUs, endUs }) => countBelow(ends, sendUs) - countBelow(sends, endUs - windowUs) >= limit;
  },
};
