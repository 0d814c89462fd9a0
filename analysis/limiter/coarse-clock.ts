import type { DeclaredLimiter } from '../../contract/profile/profile.ts';
import { modelOf } from '../interpret/kinds/models.ts';
import type { Candidate } from './question.ts';

/** How often clocks tick, in milliseconds: Linux' coarse one, a timer by which a server keeps the time, and that of Windows, 15.6. */
const ticksMs: readonly number[] = [4, 10, 16];

/** What rests on less than a tick of the server's clock, at the edges of windows or of what a bucket gains, proves nothing. */
export const coarseClock: Candidate = ({ limiter }) =>
  limiter.clockTickMs === undefined
    ? ticksMs
        .filter((clockTickMs) => isTold(limiter, clockTickMs))
        .map((clockTickMs) => ({
          limiter: { ...limiter, clockTickMs },
          words: `the declared limiter by a clock that ticks every ${clockTickMs} ms or more seldom: declare how often as limiter.clockTickMs`,
        }))
    : [];

/** In a tick a fast bucket gains a token, and what that explains is a bucket of one token too many as well. */
const isTold = (limiter: DeclaredLimiter, clockTickMs: number): boolean =>
  !modelOf(limiter).isBucket || clockTickMs * limiter.limit < limiter.windowMs;
