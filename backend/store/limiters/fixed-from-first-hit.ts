import type { WindowStart } from './counting-window.ts';
import type { LimiterLua } from './limiter.ts';

/** A window begins with the first request after the last one ended. */
export const firstHitStart: WindowStart = (nowMs, lastStartMs, windowMs) =>
  nowMs - lastStartMs >= windowMs ? nowMs : lastStartMs;

/** A set of ids that expires with its window. A start is kept beside: an expiry in ms would cut the window short. */
export const firstHitLua: LimiterLua = `
local startKey = quotaKey .. ':start'
local startUs = tonumber(redis.call('GET', startKey) or '-inf')
local function checkLimiter()
  if nowUs - startUs >= windowUs or redis.call('SCARD', quotaKey) < limit then return false end
  return startUs + windowUs - nowUs
end
local function addToLimiter()
  if nowUs - startUs >= windowUs then
    redis.call('DEL', quotaKey)
    redis.call('SET', startKey, string.format('%.0f', nowUs))
  end
  redis.call('SADD', quotaKey, id)
  local expiryMs = string.format('%.0f', math.ceil(windowUs / 1000) + 1000)
  redis.call('PEXPIRE', quotaKey, expiryMs)
  redis.call('PEXPIRE', startKey, expiryMs)
end
local function withdrawFromLimiter() redis.call('SREM', quotaKey, id) end
`;
