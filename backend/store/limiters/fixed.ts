import type { WindowStart } from './counting-window.ts';
import { idsByTimeLua } from './ids-by-time.ts';
import type { LimiterLua } from './limiter.ts';

/** Fixed windows side by side: across an edge twice `limit` may follow each other closely. */
export const fixedStart: WindowStart = (nowMs, _lastStartMs, windowMs) => Math.floor(nowMs / windowMs) * windowMs;

/** Of a sorted set of ids by time in µs, those before the window's start are dropped. */
export const fixedLua: LimiterLua = `
local startUs = math.floor(nowUs / windowUs) * windowUs
local function checkLimiter()
  redis.call('ZREMRANGEBYSCORE', quotaKey, '-inf', '(' .. string.format('%.0f', startUs))
  if redis.call('ZCARD', quotaKey) < limit then return false end
  return startUs + windowUs - nowUs
end
${idsByTimeLua}`;
