import { pollsWithin } from '../../../contract/plan/limits.ts';
import { countBelow } from '../../statistics.ts';
import { clockLagUs, maxShownUs, toleranceUs } from '../tolerance.ts';
import { hair, type LimiterModel } from './model.ts';

/** The most that the monitor's own requests can add to the estimate: those of a window, and at its start one more of each path. */
export const weightedPolls = (asked: number, windowMs: number): number => pollsWithin(asked, windowMs) + asked;

/**
 * The weighted two-window counter (Cloudflare, Upstash, Python `limits`): a count for each of the windows side by side. At the
 * elapsed share f of a window it admits while prev·(1−f) + cur < N, where some round prev·(1−f) down, some up, some not at all.
 *
 *     window 1, prev = 10   window 2, cur
 *     [..........xxxxxxxxxx][....x        ]    f = 0.4: prev counts 6, so there is room for 4
 *
 * Within T: N + ⌈N·T/W⌉. A window admits N at most, and by its share f at most N − ⌊prev·(1−f)⌋: prev and cur together
 * N + ⌈N·f⌉.
 *
 * It has room if the estimate is below N wherever the edge lies. A request of age a counts 1 if the edge is older, 1 − e/W if the
 * edge of age e is younger, and nothing from e + W on. The estimate falls with e but where a request comes into cur, at its
 * age, or into prev, W later: it is greatest at one of these.
 */
export const weighted: LimiterModel = {
  maxAdmitted: ({ limit, windowMs }, spanMs) => limit + Math.ceil((limit / windowMs) * spanMs - hair),
  lineFrom: ({ limit }) => limit + 1,
  spansInWindows: [],
  isBucket: false,
  mayHaveEdgesInside: true,
  atOnce: ({ limit }) => limit,
  memoryMs: ({ windowMs }) => 2 * windowMs,
  room({ ends }, declared, asked) {
    const { limit, windowMs } = declared;
    const lagUs = clockLagUs(declared);
    const windowUs = maxShownUs(windowMs * 1000, lagUs);
    const slackUs = toleranceUs + lagUs;
    const left = limit - weightedPolls(asked, windowMs);
    if (left < 1) return null;
    return ({ sendUs, begun }) => {
      const since = (ageUs: number): number => begun - countBelow(ends, sendUs - ageUs - slackUs);
      if (since(2 * windowUs) < left) return true;
      if (since(windowUs) >= left) return false;
      const estimate = (edgeUs: number): number => {
        const current = since(edgeUs);
        return current + Math.ceil((1 - edgeUs / windowUs) * (since(edgeUs + windowUs) - current) - hair);
      };
      if (estimate(0) >= left) return false;
      const first = countBelow(ends, sendUs - 2 * windowUs);
      for (let at = countBelow(ends, sendUs) - 1; at >= first; at -= 1) {
        const ageUs = Math.max(0, sendUs - slackUs - (ends[at] ?? 0));
        if (estimate(ageUs > windowUs ? ageUs - windowUs : ageUs) >= left) return false;
      }
      return true;
    };
  },
  full: () => null,
};
