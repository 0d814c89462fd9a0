import { countBelow } from '../../statistics.ts';
import { type LimiterModel, wholeWindows } from './model.ts';

/** A server may give a place back a moment after its answer. */
const releaseUs = 50_000;

/**
 * At most N requests worked on at once, each for W at most. A request is in the server for some time between its send and its
 * end, nobody knows which, so that N more can have been in it at every instant that anybody looks at: only where all that can
 * have been in it were fewer than N is something certain. What got no answer may be in it until W after its send.
 */
export const concurrent: LimiterModel = {
  maxAdmitted: () => Number.POSITIVE_INFINITY,
  spansInWindows: wholeWindows,
  isBucket: false,
  mayHaveEdgesInside: true,
  atOnce: ({ limit }) => limit,
  memoryMs: ({ windowMs }) => windowMs,
  room({ ends }, { limit }, asked) {
    const left = limit - asked;
    if (left < 1) return null;
    return ({ sendUs, begun }) => begun - countBelow(ends, sendUs - releaseUs) < left;
  },
  full: () => null,
};
